"""Words and emoji for means of travel, by language; general words only: a shipped list is read by offenders too."""

from __future__ import annotations

import re

from nlp.offers.phrases import words
from records import Mode

MODE_WORDS: dict[Mode, re.Pattern[str]] = {
    Mode.SEA: words(
        "⛵ 🚤 🛥 🚢 🌊 ⚓ 🛳 🛶 ⛴ tiller over_the_water across_the_water rhib dinghy* water_taxi "
        "boat boats speedboat* ship ships yacht* dinghy dinghies zodiac* jetski* jet_ski* jet-ski* sail* sea "
        "trawler* rubber vessel* ferry ferries "
        "skipper* captain* capt engine engines life_jacket* life_vest* inflatable* island islands pirogue* "
        "crossing_by_sea rib fishing_boat "
        "bateau* barque* barcasse* felouque* chaloupe* embarcation* vedette* voilier* semi-rigide* mer gommone* "
        "canot* pneumatique* zod moteur* "
        "traversée* gilet* capitaine* plage* îles go-fast gofast glisseur* kwassa* lapa-lapa lapa flotteur* "
        "passage_mer "
        "lancha* lanchero* barco* barca* patera* cayuco* yola* velero* neumática* cigarreta* mar altamar "
        "moto_de_agua moto_acuática panga* goma "
        "embarcación* catamarán* bote botes fueraborda isla islas playa* capitán* motor motores chaleco* "
        "boot boote schlauchboot* motorboot* segel* schiff* meer überfahrt* kutter fischerboot* seeweg insel "
        "inseln kapitän* fähren autofähre* schwimmweste* "
        "bot botla botta botu botlar tekne* gemi* deniz* sandal* ada adası* adaya adasına adaları* adalar* kayık* "
        "şişme* kaptan* yat yatla yatta "
        "lastik can_yele* sahil* sürat_teknesi balıkçı* katamaran* italya_yat "
        "مركب* المركب مراكب مركبنا قارب* القارب قوارب زورق* زوارق بوت بوطي يخت* اليخت بلم البلم بلمات بحر البحر "
        "بحري بحريه البحريه بحرا باخره سفينه السفينه "
        "زودياك زودياكات فلوكه فلايك كونفا فايبر طراد طرادات جزيره الجزيره جزر ريس رايس قبطان كابتن كابتنا كبتن "
        "لنش لانش باطو شقف عباره جت_سكي "
        "جيت_سكي موتور محرك سترات ستره موج حرقه الحرقه حراقه الحراقه جرف تايوان "
        "harga* 7ar9a* 7arga* herga* hrig lhrig harraga flouka felouka babor phantom fantom yekht* qareb bhar "
        "lbhar gomone* gommon* "
        "лодк* катер* яхт* море морем судно қайық قایق* كشتی دریا "
        "lampedusa لمبيدوزا لامبيدوزا crete kreta crète كريت lesbos lesvos midilli kos samos sisam chios sakız "
        "rhodos canarias canaries kanaren canary "
        "جزر_الكناري كناري"
    ),
    Mode.LAND: words(
        "🚗 🚙 🚛 🚚 🚐 🚌 🚕 🚶 🥾 🚆 🚂 🏜 🌲 🚖 🚘 🏍 🏔 ⛰ 🐎 vehicle* véhicule* vehículo* fahrzeug* reisebus kühlwagen laderaum "
        "flixbus convoi brousse piste combi camper buseta muro caballo meriç* convoy horse* river rivière "
        "car cars taxi* truck trucks lorry lorries van vans minivan* minibus* bus buses coach foot walk walking "
        "walks by_road train trains trailer* "
        "container* driver* jungle forest* desert trek* hike* land overland raite* jeep pickup pick-up motorbike* "
        "on_wheels mountain* "
        "voiture* caisse berline fourgon* à_pied marche marcher camion* camionnette* tgv désert chauffeur* 4x4 "
        "forêt* montagne* sentier* pied "
        "covoitur* utilitaire poids_lourd frigo remorque* à_pattes conducteur* "
        "carro carros coche coches troca* camioneta* caminado* caminando caminar camina caminata* a_pie pie "
        "tráiler* trailero* furgón* furgoneta* "
        "camión camiones chofer* raitero* autobús tren desierto selva monte brecha* cajuela trocha* por_tierra y_tierra "
        "terrestre línea carretera* río guías "
        "conductor* "
        "auto autos pkw wagen lkw* laster* transporter* sprinter kastenwagen busse zug zügen taxis fuß fußmarsch "
        "laufen wandern wald fahrer* fahrt "
        "mitfahr* landweg* 7-sitzer kombi kofferraum kleinbus* lieferwagen* anhänger* ladefläche* limousine* "
        "auflieger* fussmarsch balkanroute "
        "tır tırla tırda tırı tırlar araba* aracı* araç* taksi* otobüs* minibüs* panelvan* kamyon* dorse* kasada "
        "yürü* yuru* yürüyüş* yürüme* karadan "
        "kara_yolu karayolu orman* nehir* trenle şoför* sofor* kamyonet* binek karavan* doblo* dağdan dağ bagaj* "
        "yaya otomobil* vito "
        "سياره* السياره سيارات سياراتنا عربيه العربيه عربيات ميكروباص اتوبيس تاكسي* تكسي* شاحنه* الشاحنه شاحنات "
        "لوري تريله تريلا براد بري البري مشي "
        "المشي مشيا باص* الباص قطار القطار حافله حصان غابه الغابه غابات صحراء الصحراء جبل جبال سايق السايق سواق "
        "سواقين سائق السائق شوفير طموبيل "
        "طنوبيل كميون كاميو كرهبه لكرهبه بر فان جيب تهريب_بري ديزل كونتينر نهر النهر مسير "
        "машин* пешком автобус* фур* такси водител* پیاده ماشین زمینی"
    ),
    Mode.AIR: words(
        "✈ 🛫 🛬 🛩 "
        "plane planes flight* fly flying air airport* airplane* boarding* by_air avion* vol vols aéroport* avión "
        "aviones vuelo* vuela* volando volar "
        "aeropuerto* aéreo flug* flüge flieg* gelandet uçak* ucak* uçuş* ucus* uçuyo* uçar* uçur* uçun* uçtu* "
        "uçmak havaalanı* havalimanı* hava_yolu "
        "havayolu* طيران الطيران طياره* الطياره طائره* الطائره جوي الجوي جو_وبر مطار* المطار مطارات самолет* "
        "рейс* هوایی هواپیما"
    ),
}
"""A word here is said of the journey more often than of anything else; "road" and "way" are left out for "
"that reason."""
MODE_WORDS_IN: dict[str, dict[Mode, re.Pattern[str]]] = {
    "it": {
        Mode.SEA: words(
            "barcon* motoscafo motoscafi nave navi traghetto traghetti mare veliero velieri scafista scafisti"
        ),
        Mode.LAND: words(
            "macchina macchine furgone furgoni tir piedi treno treni autista autisti bosco boschi montagna confine_a_piedi"
        ),
        Mode.AIR: words("aereo aerei volo voli aeroporto"),
    },
    "pl": {
        Mode.SEA: words("łódź łodzi łodzią łódką ponton* statek statkiem prom promem morze morzem"),
        Mode.LAND: words(
            "samochód samochodem samochodu bus busem tirem pieszo piechotą lasem kierowca kierowcy pociąg* ciężarów*"
        ),
        Mode.AIR: words("samolot* lotnisko lotem"),
    },
    "sq": {
        Mode.SEA: words("skaf skafe anije varkë varka detit"),
        Mode.LAND: words("makinë makina furgon* kamion* këmbë tren treni shofer*"),
        Mode.AIR: words("avion* fluturim* aeroport*"),
    },
    "so": {
        Mode.SEA: words("doon doonta doonni doonyo badda bada markab"),
        Mode.LAND: words("baabuur* gaari gaariga lugta"),
        Mode.AIR: words("diyaarad* dayuurad*"),
    },
    "vi": {
        Mode.SEA: words("thuyền ghe xuồng đường_biển ca_nô"),
        Mode.LAND: words("xe_tải xe_hơi ô_tô đi_bộ băng_rừng đường_bộ xe_khách công"),
        Mode.AIR: words("máy_bay đường_bay bay_thẳng"),
    },
    "ur": {
        Mode.SEA: words("کشتی کشتیاں سمندر سمندری بوٹ شپ"),
        Mode.LAND: words("گاڑی گاڑیاں پیدل ٹرک کنٹینر جنگل ٹیکسی ڈرائیور زمینی"),
        Mode.AIR: words("فلائٹ فلائیٹ ہوائی_جہاز جہاز ایئرپورٹ"),
    },
    "fa": {
        Mode.SEA: words("لنج شناور قایق_بادی دریایی کشتی"),
        Mode.LAND: words("کامیون تریلی جنگل کوه کوهستان اتوبوس تاکسی قطار راننده موتر لاری"),
        Mode.AIR: words("پرواز طیاره فرودگاه بلیط"),
    },
    "ru": {
        Mode.SEA: words("корабл* паром* теплоход* морск*"),
        Mode.LAND: words("поезд* грузовик* грузовой микроавтобус* лес лесом лесами попутк* тачк*"),
        Mode.AIR: words("самолёт* вылет* перелёт* авиа* аэропорт*"),
    },
}
"""Words of one language that are something else in others."""
HINTS: dict[Mode, re.Pattern[str]] = {
    Mode.SEA: words(
        "sardaigne sardinia sardinien sardegna cerdeña سردينيا sicily sicilia sicile sizilien صقليه mallorca baleares "
        "baléares ibiza formentera"
    ),
    Mode.LAND: words(
        "بوكس بالبوكس ركشه توك_توك road roads roadblock* by_road drive drives ride rides lift guide guides guided "
        "guía guías guia guias مرشد دليل par_la_route la_route ruta mitnehmen mitnehm* fahre fahr foahr rüberfahren "
        "sitzplätze frontière frontera stages etappe* étapes tramo tramos rehber* şöför"
    ),
}
"""Said of the journey in passing: they count where the post names no means of that kind and, for land, no boat."""
HORSEPOWER = words("حصان caballos caballo horses horse")
LANDING = re.compile(r"\b(?:you|u|we|they|i|he|she|to) (?:will )?land\b|\bno man'?s land\b")
"""What planes do and where camps stand: no way on land."""
PLANE_ARROW = re.compile("flag[a-z]{2}[ ]*[✈🛫🛬🛩][ ]*flag[a-z]{2}")
"""A plane between two flags is an arrow where the post names another means."""
LICENCE_WORDS = words(
    "license licence führerschein ehliyet* licencia permis permis_b carnet رخصه شهاده_سواقه driver* car cars "
    "araba* auto coche"
)
"""In a search for drivers these mean the land way."""
NOT_MODES: dict[str, frozenset[str]] = {
    "tr": frozenset({"van", "land", "air", "mer", "ile", "pie", "bar", "motor", "boot"})
}
"""Words of the list that are something else in posts of a language; Van is a town."""
NEGATED_BEFORE = re.compile(
    r"(?:\b(?:no|not|without|never|statt|kein|keine|keinen|ohne|nicht|nada de|sin|sans|pas de|pas|ni|plus de|aucun|aucune)"
    r"|بدون|من غير|بلا|مو|مش|لا|ماكو|مافي|مفيش|ما في|بلاش) (?:\w+ )?$"
    r"|\b(?:without|ohne|sin|sans|بدون|من غير) (?:\w+ ){0,3}$"  # "sans passer par la mer"
    r"|(?:like|love|mag|mogen|aime pas|aimes pas|gusta|sevmeyen|يحب|بيحب|يخاف|خايف) (?:\w+ ){0,2}$"  # "who don't like the sea"
)
NEGATED_AFTER = re.compile(r"^\s?(?:yok|degil|gerekmez|olmadan|istemez|yapmadan|-?sizin?|cart)\b")
