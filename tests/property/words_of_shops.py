"""Words of shops in many languages, and the code pages that can write them.

Names that categories have; none of them was counted for `importer/source/letters.txt`.
"""

# ruff: noqa: RUF001 - letters of many alphabets look alike

WORDS = {
    "en": (
        "Men’s Women’s Children’s Café – “Sale” New… £5 €10 20°C ½ Logo® Brand™ "
        "Décor Mother’s ’90s Façade Crème Jalapeño"
    ),
    "fr": (
        "Vêtements Été Chaussures à Bébé Épicerie Fêtes Noël Décoration Cuisine "
        "équipée Prêt-à-porter Mère Père Santé Beauté Bijoux légers Écharpes Sacs à "
        "dos Jouets d’éveil Thé Café Pâtisserie Crème Forêt Œuvres Sœur Gâteaux "
        "Hôtel Maïs"
    ),
    "es": (
        "Niños Niñas Años Camión Corazón Bebés Té Jardín Baño Música Cumpleaños "
        "Sillón Cojín Lámparas Electrónica Fútbol Teléfonos Muñecas Pequeños Señora "
        "Días Útiles Navideños Cinturón Algodón Champú Ratón Árbol"
    ),
    "pt": (
        "Calções Promoção Coleção Verão Crianças Bebê Decoração Iluminação "
        "Eletrônicos Pães Mãe Avô Maçã Lençóis Tênis Calçados Acessórios Cozinha "
        "Açúcar Saúde Pés Mãos Irmão Estação Rádio Relógios Móveis"
    ),
    "it": (
        "Città Caffè Perché Novità Qualità Tè Menù Papà Lunedì Più Così Università "
        "Società Libertà Virtù Tivù Ragù Gioventù Però Bontà Specialità Comodità"
    ),
    "de": (
        "Größe Möbel Küche Gemüse Schöne Hüte Mäntel Röcke Straße Weiß Süßigkeiten "
        "Fußball Kühlschränke Büro Bücher Schläger Gürtel Körbe Getränke Grün Spaß "
        "Länge Tücher Öl Übergrößen Äpfel Jäger Müsli Kräuter"
    ),
    "sv": (
        "Kläder Skor Möbler Kök Väskor Hälsa Skönhet Trädgård Böcker Små Största "
        "Året Å Öl Ägg Köksredskap Tröjor Barnkläder Jackor Lägenhet Mönster Blå "
        "Grön Röd Gräs Påsk Nyår"
    ),
    "da": (
        "Tøj Børn Sko Møbler Køkken Små Påske Øl Æg Rød Grøn Blå Hæle Bøger Støvler "
        "Tæpper Kjoler Kåber Smykker Værktøj Køleskab Nålestriber Brød Æbler "
        "Fødselsdag Forår"
    ),
    "nb": (
        "Klær Møbler Kjøkken Barn Støvler Påske Sko Bøker Rød Grønn Blå Småting "
        "Hårpleie Vår Høst Vinterklær Skjørt Sengetøy Håndklær Øreringer Ås"
    ),
    "fi": (
        "Päälliset Kengät Lelut Käsilaukut Pöydät Tyynyt Sänky Hyvää Yö Kesä Syksy "
        "Talvi Kevät Lämpö Pienet Äiti Isä Öljy Jääkaappi Keittiö Työkalut Löytö "
        "Vähän Mäki"
    ),
    "nl": (
        "Één Reeën Coördinatie Ideeën Hygiëne Geïmporteerd Patiënten Zeeën Creëren "
        "Oliën Industriële België Italië Cliënt Ruïne Café Crème Skiën Vacuüm "
        "Poëzie Financiën Categorieën"
    ),
    "ca": (
        "Roba Nens Mòbils Cuina Jardí Sabates Estació Música Ràdio Català Això "
        "També Bàsics Col·lecció Avió Camió Vestíbul Pantalló Forn Plàstic Química "
        "Ús Peça Açò Llençols"
    ),
    "is": (
        "Föt Skór Börn Húsgögn Bækur Jólagjafir Þvottur Eldhús Töskur Úlpur Peysur "
        "Ullarvörur Drykkjarvörur Húfur Rúmföt Græn Blár Rauður Fæði Það"
    ),
    "et": (
        "Jalatsid Mööbel Köök Lapsed Mänguasjad Püksid Kõik Rõivad Õlu Šampoon "
        "Žakett Särgid Kingad Jõulud Väike Suur Öö Ülikond Täht Kõrvarõngad "
        "Käekotid"
    ),
    "pl": (
        "Książki Buty męskie Żółte Odzież damska Zabawki Łazienka Kuchnia Ogród "
        "Święta Dzieci Chłopcy Dziewczęta Źródło Biżuteria Miód Ćwiczenia Młotek "
        "Płaszcze Spódnice Kółka Ręczniki Pościel Górskie"
    ),
    "cs": (
        "Dámské oblečení Boty Pánské Děti Knihy Hračky Kuchyně Zahrada Šperky "
        "Ložnice Svíčky Květiny Žluté Červené Zelené Příslušenství Řemen Ťapky "
        "Čepice Vánoční Koupelna Nářadí Ručníky"
    ),
    "sk": (
        "Dámske oblečenie Topánky Pánske Deti Hračky Kuchyňa Záhrada Šperky Spálňa "
        "Sviečky Žlté Červené Príslušenstvo Ľahké Vianočné Kúpeľňa Náradie Uteráky "
        "Čiapky Päť Stôl Kôš Ďalšie"
    ),
    "hu": (
        "Női ruhák Cipők Férfi Gyerekek Könyvek Játékok Konyha Kert Ékszerek "
        "Fürdőszoba Hűtő Zöld Kék Őszi Újdonságok Ünnep Táskák Bőrönd Tűzhely Szűrő "
        "Kövek Függöny Ülő"
    ),
    "ro": (
        "Îmbrăcăminte Încălţăminte Bărbaţi Femei Copii Cărţi Jucării Bucătărie "
        "Grădină Bijuterii Pălării Geantă Cămăşi Roşu Tricouri Crăciun Ţară Şosete "
        "Mânuşi Pâine"
    ),
    "sl": (
        "Čevlji Ženske Moški Otroška Igrače Kuhinja Vrt Šport Nakit Knjige Hiša "
        "Rože Sveče Božič Rjuhe Črna Žoge Oblačila Torbe Zaščita Dežniki"
    ),
    "hr": (
        "Odjeća Obuća Muškarci Žene Djeca Igračke Kuhinja Vrt Šport Nakit Kuća "
        "Svijeće Božić Đak Crvena Žuta Čarape Košulje Haljine Rođendan Noć"
    ),
    "tr": (
        "Kadın Erkek Çocuk Ayakkabı Giyim Çanta Mutfak Bahçe Oyuncak Güzellik "
        "Sağlık Kitaplar Takı Şapka Gömlek Elbise Kırmızı Yeşil Mavi Sarı Ürünler "
        "İndirim Öğrenci Işık Kış Saç"
    ),
    "lt": (
        "Moterims Vyrams Vaikams Batai Drabužiai Žaislai Virtuvė Sodas Šventės "
        "Knygos Papuošalai Kepurės Lietuviški Žiema Šiltas Čiužiniai Rankšluosčiai "
        "Užuolaidos Dėžės Gėlės Įrankiai Ąžuolas Sūriai"
    ),
    "lv": (
        "Bērniem Sievietēm Vīriešiem Apģērbi Apavi Rotaļlietas Virtuve Dārzs "
        "Grāmatas Rotaslietas Cepures Ziemassvētki Sarkans Zaļš Zils Dvieļi Gultas "
        "veļa Ķirbji Šalles Čības Ģimene Ūdens Žurnāli"
    ),
    "el": (
        "Άνδρες Γυναίκες Παιδικά ρούχα Παπούτσια Τσάντες Κουζίνα Κήπος Παιχνίδια "
        "Βιβλία Κοσμήματα Έπιπλα Υγεία Ομορφιά Καπέλα Φορέματα Πουκάμισα "
        "Χριστούγεννα Σπίτι Ζώνες Ήλιος Ώρα"
    ),
    "he": (
        "נעלי נשים תיקים בגדים ילדים גברים מטבח גינה צעצועים ספרים תכשיטים רהיטים "
        "בריאות יופי כובעים שמלות חולצות חגים בית אורות שעונים"
    ),
    "ar": (
        "أحذية نسائية حقائب يد ملابس أطفال رجال مطبخ حديقة ألعاب كتب مجوهرات أثاث "
        "صحة جمال قبعات فساتين قمصان أعياد منزل ساعات إضاءة"
    ),
    "fa": (
        "لباس زنانه کفش مردانه کودکان کتاب اسباب آشپزخانه باغ جواهرات مبلمان سلامت "
        "کلاه پيراهن چراغ گل پارچه ژاکت"
    ),
    "ru": (
        "Обувь Женская одежда Сухой корм Игрушки Книги Мебель Кухня Сад Дети "
        "Мужчинам Украшения Здоровье Красота Шапки Платья Рубашки Праздники Дом "
        "Часы Ёлка Щётки Подъём Сумки Свет"
    ),
    "uk": (
        "Взуття Чоловічий одяг Жіночий Іграшки Книги Меблі Кухня Сад Діти Прикраси "
        "Здоров'я Краса Шапки Сукні Сорочки Свята Дім Годинники Їжа Єнот Ґудзики "
        "Світло Постіль"
    ),
    "bg": (
        "Обувки Дамски дрехи Играчки Книги Мебели Кухня Градина Деца Мъжки Бижута "
        "Здраве Красота Шапки Рокли Ризи Празници Дом Часовници Чанти Осветление "
        "Щанд"
    ),
    "be": (
        "Абутак Жаночае адзенне Цацкі Кнігі Мэбля Кухня Сад Дзеці Мужчынам "
        "Упрыгажэнні Здароўе Прыгажосць Шапкі Сукенкі Кашулі Святы Дом Гадзіннікі "
        "Ўсё"
    ),
    "mk": (
        "Обувки Женска облека Играчки Книги Мебел Кујна Градина Деца Мажи Накит "
        "Здравје Убавина Капи Фустани Кошули Празници Дом Часовници Ѓердани Ќебиња "
        "Љубов Њива Џемпери"
    ),
    "sr": (
        "Обућа Женска одећа Играчке Књиге Намештај Кухиња Башта Деца Мушкарци Накит "
        "Здравље Лепота Капе Хаљине Кошуље Празници Кућа Сатови Ђаци Џемпери Љубав"
    ),
    "th": (
        "รองเท้า เสื้อผ้า กระเป๋า เด็ก ผู้ชาย ผู้หญิง ครัว สวน ของเล่น หนังสือ "
        "เครื่องประดับ เฟอร์นิเจอร์ สุขภาพ ความงาม หมวก ชุดเดรส บ้าน นาฬิกา"
    ),
    "vi": (
        "Giày dép Quần áo Trẻ em Túi xách Nhà bếp Vườn Đồ chơi Sách Trang sức Nội "
        "thất Sức khỏe Làm đẹp Mũ Váy Đồng hồ Đèn Áo sơ mi"
    ),
    "ja": (
        "靴 レディースファッション 子供服 おもちゃ 本 キッチン用品 家具 美容 健康 "
        "帽子 時計 アクセサリー バッグ 新着商品 セール 冬物 メンズ シャツ "
        "ワンピース 照明"
    ),
    "zh": (
        "鞋子 女装 男装 童装 玩具 图书 厨房用品 家具 美容 健康 帽子 手表 首饰 "
        "箱包 新品上市 促销 冬季 衬衫 连衣裙 灯具"
    ),
    "zh-Hant": (
        "鞋子 女裝 男裝 童裝 玩具 圖書 廚房用品 家具 美容 健康 帽子 手錶 首飾 "
        "箱包 新品上市 促銷 冬季 襯衫 連衣裙 燈具"
    ),
    "ko": (
        "신발 여성의류 남성의류 아동복 장난감 도서 주방용품 가구 뷰티 건강 모자 "
        "시계 액세서리 가방 신상품 세일 겨울 셔츠 원피스 조명"
    ),
}
#: By the code page, as Python calls it.
LANGUAGES = {
    "cp1252": "en fr es pt it de sv da nb fi nl ca is",
    "iso8859-15": "fr es de fi et",
    "mac_roman": "en fr es pt it de sv da nl",
    "cp850": "fr es pt it de sv da",
    "cp437": "fr es de it sv",
    "cp1250": "pl cs sk hu ro sl hr de",
    "iso8859-2": "pl cs sk hu sl hr",
    "cp852": "pl cs sk hu sl hr",
    "mac_latin2": "pl cs hu",
    "cp1251": "ru uk bg be mk sr",
    "koi8_r": "ru",
    "koi8_u": "uk",
    "iso8859-5": "ru bg mk sr",
    "cp866": "ru bg",
    "mac_cyrillic": "ru uk",
    "cp1253": "el",
    "iso8859-7": "el",
    "cp737": "el",
    "cp1254": "tr",
    "iso8859-9": "tr",
    "cp857": "tr",
    "cp1255": "he",
    "iso8859-8": "he",
    "cp862": "he",
    "cp1256": "ar fa",
    "iso8859-6": "ar",
    "cp1257": "lt lv et",
    "iso8859-13": "lt lv et",
    "cp775": "lt lv",
    "cp874": "th",
    "tis-620": "th",
    "cp1258": "vi",
    "shift_jis": "ja",
    "cp932": "ja",
    "euc_jp": "ja",
    "gb18030": "zh zh-Hant",
    "gbk": "zh",
    "gb2312": "zh",
    "big5": "zh-Hant",
    "cp950": "zh-Hant",
    "euc_kr": "ko",
    "cp949": "ko",
}
