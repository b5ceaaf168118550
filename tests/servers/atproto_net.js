// Starts a PLC directory, two PDSs (one with its rate limits) and an AppView, as their makers' own
// tests do, and says READY on stdout and by listening at a port.
const { createRequire } = require('node:module')
const there = createRequire(process.env.PACKAGES + '/')
const { TestPlc, TestPds, TestBsky, mockNetworkUtilities } = there('@atproto/dev-env')

const ports = JSON.parse(process.env.PORTS)

async function main() {
  const plc = await TestPlc.create({ port: ports.plc })
  const bsky = await TestBsky.create({
    port: ports.appview,
    plcUrl: plc.url,
    pdsPort: ports.pds,
    repoProvider: `ws://localhost:${ports.pds}`,
    dbPostgresSchema: 'appview',
    dbPostgresUrl: process.env.DB_POSTGRES_URL,
  })
  const common = {
    hostname: 'localhost',
    enableDidDocWithSession: true,
    didPlcUrl: plc.url,
    bskyAppViewUrl: bsky.url,
    bskyAppViewDid: bsky.ctx.cfg.serverDid,
  }
  const pds = await TestPds.create({ ...common, port: ports.pds })
  mockNetworkUtilities(pds, bsky)
  const strict = await TestPds.create({ ...common, port: ports.strict, rateLimitsEnabled: true })
  mockNetworkUtilities(strict)
  // A PDS that is idle looks once a second for what it has to pass on; tests don't wait that long.
  pds.ctx.sequencer.exponentialBackoff = () => new Promise((done) => setTimeout(done, 10))
  // The chat service is no package: whoever the header names is a fake on loopback. A person's own
  // PDS is said to stand where the tests' proxy listens.
  for (const [server, door] of [[pds, ports.door], [strict, ports.strict]]) {
    const resolver = server.ctx.idResolver.did
    const resolve = resolver.resolveNoCache
    resolver.resolveNoCache = async (did) => {
      if (did === 'did:web:api.bsky.chat') {
        return {
          id: did,
          service: [{
            id: '#bsky_chat',
            type: 'BskyChatService',
            serviceEndpoint: `http://127.0.0.1:${ports.chat}`,
          }],
        }
      }
      const found = await resolve.call(resolver, did)
      const own = found?.service?.find((one) => one.id === '#atproto_pds')
      if (own) own.serviceEndpoint = `http://127.0.0.1:${door}`
      return found
    }
  }
  require('node:net').createServer((it) => it.destroy()).listen(ports.ready, '127.0.0.1')
  console.log('READY')
}

main().catch((trouble) => {
  console.error(trouble)
  process.exit(1)
})
