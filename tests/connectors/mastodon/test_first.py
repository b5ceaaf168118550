from tests.connectors.mastodon.conftest import Shop


async def test_a_mention_arrives_and_is_answered(shop: Shop) -> None:
    async with shop.connected() as connector, shop.listening(connector) as ear:
        asked = await shop.fake.write(shop.ana, "@support my parcel never came")
        post = await ear.until_text("parcel")
        assert post.remote_id == asked.id
        assert post.author.handle == "@ana@far.example"
        receipt = await connector.send(shop.reply("On its way.", shop.ana, reply_to=asked), "k1")
        mine = shop.fake.statuses[receipt.remote_id]
        assert mine.reply_to == asked.id
        assert shop.ana in mine.mentions
        echo = await ear.until_text("On its way")
        assert echo.ours
        assert echo.remote_id == receipt.remote_id
