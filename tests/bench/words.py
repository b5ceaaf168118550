"""What the customers of a made-up shop write, in the languages they write in."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Tongue:
    """A language: its people, what they ask, and what the shop answers."""

    code: str
    first: tuple[str, ...]
    last: tuple[str, ...]
    asks: tuple[str, ...]
    goes_on: tuple[str, ...]
    answers: tuple[str, ...]


PRODUCTS = (
    "Rain jacket", "Wool blanket", "Linen shirt", "Teapot", "Desk lamp", "Trail shoes", "Backpack",
    "Enamel mug", "Canvas bag", "Notebook", "Merino socks", "Bread knife", "Bicycle bell", "Scarf",
    "Wall clock", "Cutting board", "Headlamp", "Sleeping mat", "Soap dish", "Cushion", "Thermos",
    "Beanie", "Coffee grinder", "Candle holder", "Bath towel", "Picnic rug", "Watering can",
    "Garden gloves", "Fleece vest", "Hip flask", "Card wallet", "Umbrella", "Salt mill", "Apron",
)  # fmt: skip
CITIES = (
    "Zagreb", "Berlin", "Lyon", "Jakarta", "Porto", "Sevilla", "Osaka", "Izmir", "Gdansk", "Turin",
    "Bandung", "Rijeka", "Leipzig", "Nantes", "Braga", "Cork", "Leeds", "Utrecht", "Malmo", "Graz",
)  # fmt: skip
COLOURS = ("green", "navy", "sand", "rust", "black", "ochre", "grey", "teal")
SIZES = ("XS", "S", "M", "L", "XL", "38", "41", "43")

TONGUES = (
    Tongue(
        "en",
        ("Tess", "Oliver", "Ruth", "Dan", "Maeve", "Priya", "Sam", "Noor", "Hugh", "Ellen"),
        ("Walker", "Byrne", "Okafor", "Patel", "Moss", "Hale", "Quinn", "Reid", "Shaw", "Lowe"),
        (
            "Hi, my order {order} with the {product} hasn't arrived in {city} yet. What now?",
            "The {product} I got is {colour} but I ordered another colour. Can I exchange it?",
            "Do you have the {product} in size {size}? The page says sold out since {days} days.",
            "I'd like a refund for order {order}, please. The {product} came with a broken seam.",
            "Tracking for {order} has said the same thing for {days} days. Is it lost?",
            "Love the {product}! One question: can it be washed at {days} degrees?",
            "Could you change the address of order {order}? I have moved to {city}.",
            "You charged me twice for {order}. Please look at it before the weekend.",
        ),
        (
            "Any news about {order}?",
            "Thank you, that would be great. The box is still here in {city}.",
            "I sent the photo of the {product} yesterday. Did you get it?",
            "It has been {days} days now. This is getting a little silly.",
            "Yes, size {size} in {colour} would be fine.",
        ),
        (
            "Sorry about that! We've asked the carrier about {order} and will write tomorrow.",
            "Thanks for telling us. A new {product} leaves today, you'll have it in {days} days.",
            "We've sent you a private message.",
            "The refund for {order} is on its way; banks take up to {days} days.",
        ),
    ),
    Tongue(
        "de",
        ("Anke", "Jörg", "Sabine", "Uwe", "Katrin", "Lena", "Matthias", "Grete", "Falk", "Britta"),
        ("Müller", "Schäfer", "Vogt", "Krüger", "Weiß", "Lorenz", "Böhm", "Haas", "Ziegler", "Ott"),
        (
            "Hallo, meine Bestellung {order} ist immer noch nicht in {city} angekommen.",
            "Der Artikel {product} passt leider nicht. Kann ich ihn gegen Größe {size} tauschen?",
            "Wann ist {product} wieder lieferbar? Ich warte seit {days} Tagen.",
            "Ich möchte {order} zurückgeben, die Naht ist schon beim Auspacken gerissen.",
            "Können Sie die Rechnung zu {order} auf die Firma in {city} ausstellen?",
        ),
        (
            "Gibt es schon etwas Neues zu {order}?",
            "Danke, das wäre wunderbar. Größe {size}, bitte.",
            "Jetzt sind es {days} Tage. Bitte melden Sie sich.",
        ),
        (
            "Das tut uns leid! Wir haben beim Paketdienst nach {order} gefragt.",
            "Vielen Dank für den Hinweis, ein neues Paket geht heute raus.",
            "Wir haben Ihnen eine private Nachricht geschickt.",
        ),
    ),
    Tongue(
        "es",
        (
            "Lucía",
            "Íñigo",
            "Marta",
            "Raúl",
            "Nuria",
            "Andrés",
            "Pilar",
            "Sergio",
            "Inés",
            "Joaquín",
        ),
        ("García", "Muñoz", "Peña", "Ibáñez", "Romero", "Núñez", "Vidal", "Cano", "Rey", "Soler"),
        (
            "Hola, el pedido {order} todavía no ha llegado a {city}. ¿Qué hago?",
            "El {product} llegó roto. ¿Me pueden devolver el dinero del pedido {order}?",
            "¿Tienen el {product} en talla {size}? Lo busco desde hace {days} días.",
            "¿Puedo cambiar la dirección del pedido {order}? Me he mudado a {city}.",
        ),
        (
            "¿Hay alguna novedad sobre {order}?",
            "Muchas gracias, la talla {size} me va bien.",
            "Ya son {days} días, por favor respondan.",
        ),
        (
            "¡Lo sentimos! Preguntamos hoy mismo por el pedido {order}.",
            "Gracias por avisar, mañana sale otro {product}.",
            "Te hemos escrito por privado.",
        ),
    ),
    Tongue(
        "fr",
        ("Chloé", "Hélène", "Gaël", "Benoît", "Aurélie", "Rémi", "Solène", "Loïc", "Maud", "Théo"),
        ("Lefèvre", "Garnier", "Dubois", "Rousseau", "Noël", "Marchand", "Picard", "Aubry", "Roy"),
        (
            "Bonjour, ma commande {order} n'est toujours pas arrivée à {city}.",
            "Le {product} est trop petit, puis-je l'échanger contre une taille {size} ?",
            "Quand le {product} sera-t-il de nouveau disponible ? J'attends depuis {days} jours.",
            "Je voudrais être remboursée de la commande {order}, l'article est abîmé.",
        ),
        (
            "Avez-vous des nouvelles de {order} ?",
            "Merci beaucoup, la taille {size} me convient très bien.",
            "Cela fait {days} jours maintenant.",
        ),
        (
            "Nous sommes désolés ! Nous demandons au transporteur où est {order}.",
            "Merci de nous l'avoir dit, un autre {product} part aujourd'hui.",
            "Nous vous avons écrit en privé.",
        ),
    ),
    Tongue(
        "hr",
        (
            "Ana",
            "Luka",
            "Šime",
            "Đurđa",
            "Ivana",
            "Tomislav",
            "Željka",
            "Marko",
            "Nikolina",
            "Ante",
        ),
        ("Horvat", "Kovačić", "Babić", "Jurić", "Šarić", "Perić", "Božić", "Knežević", "Pavlić"),
        (
            "Pozdrav, narudžba {order} još nije stigla u {city}. Što sad?",
            "Stigao je krivi {product}, mogu li ga zamijeniti za veličinu {size}?",
            "Kad će {product} opet biti na skladištu? Čekam već {days} dana.",
        ),
        (
            "Ima li što novo za {order}?",
            "Hvala vam, veličina {size} je u redu.",
        ),
        (
            "Žao nam je! Pitali smo dostavu gdje je {order}.",
            "Poslali smo vam privatnu poruku.",
        ),
    ),
    Tongue(
        "id",
        ("Budi", "Sari", "Dewi", "Agus", "Rina", "Putri", "Eko", "Wulan", "Bayu", "Indah"),
        ("Santoso", "Wijaya", "Lestari", "Saputra", "Hidayat", "Nugroho", "Utami", "Siregar"),
        (
            "Halo kak, pesanan {order} belum sampai di {city}, gimana ya?",
            "{product} ukuran {size} masih ada kak? Sudah {days} hari habis terus.",
            "Kak, {product} yang datang rusak. Bisa tukar?",
        ),
        ("Ada kabar soal {order}, kak?", "Makasih kak, ukuran {size} ya."),
        ("Maaf ya kak, kami cek dulu pesanan {order}.", "Sudah kami kirim pesan pribadi ya kak."),
    ),
    Tongue(
        "ja",
        ("由美", "健太", "美咲", "大輔", "さくら", "翔太", "直子", "浩"),
        ("佐藤", "鈴木", "高橋", "田中", "伊藤", "渡辺", "山本", "中村"),
        (
            "注文 {order} がまだ {city} に届きません。確認していただけますか。",
            "{product} のサイズ {size} は再入荷しますか。もう {days} 日待っています。",
            "届いた {product} が壊れていました。交換できますか。",
        ),
        (
            "{order} の件、その後いかがでしょうか。",
            "ありがとうございます。サイズ {size} でお願いします。",
        ),
        (
            "ご不便をおかけして申し訳ありません。{order} を確認いたします。",
            "個別にメッセージをお送りしました。",
        ),
    ),
    Tongue(
        "ar",
        ("ليلى", "عمر", "سارة", "يوسف", "نور", "خالد", "مريم", "حسن"),
        ("حداد", "منصور", "الخطيب", "نصار", "عباس", "سليم", "درويش"),
        (
            "مرحبا، الطلب {order} لم يصل بعد إلى {city}. ماذا أفعل؟",
            "هل يتوفر {product} بمقاس {size}؟ أنتظر منذ {days} أيام.",
            "وصل {product} مكسورا، هل يمكن استبداله؟",
        ),
        ("هل من جديد عن {order}؟", "شكرا جزيلا، المقاس {size} مناسب."),
        ("نعتذر عن ذلك، نسأل شركة الشحن عن {order}.", "أرسلنا لك رسالة خاصة."),
    ),
)

SPOKEN = (38, 16, 12, 10, 9, 7, 4, 4)
"""How many of a hundred customers speak each language."""

ENDINGS = ("", "", "", "", " Thanks!", " 🙏", " :)", " Cheers", "\n\n{again}")


def order(rng: random.Random) -> str:
    """The number of an order: each is named by a few messages only."""
    return f"LM-{rng.randrange(100_000, 999_999)}"


def said(rng: random.Random, sentences: tuple[str, ...], number: str) -> str:
    """One message about an order."""
    text = rng.choice(sentences) + rng.choice(ENDINGS)
    if "{again}" in text:
        text = text.replace("{again}", rng.choice(sentences))
    return text.format(
        order=number,
        product=rng.choice(PRODUCTS),
        city=rng.choice(CITIES),
        colour=rng.choice(COLOURS),
        size=rng.choice(SIZES),
        days=rng.randrange(2, 40),
    )
