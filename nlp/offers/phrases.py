"""Word lists of the offer reader as patterns on folded text: price units, papers, payment.

Lists stay general on purpose (a shipped list is read by offenders too).
"""

from __future__ import annotations

import re

from nlp.offers.text import fold
from records import PriceUnit

_LETTER = r"[^\W\d_]"
# Arabic glues "and", "with", "for" and the article to the word.
_GLUED = "(?:[وف]?(?:بال|عال|لل|ال|[بلعه])?)?"


def words(*alternatives: str) -> re.Pattern[str]:
    """Whole words, separated by blanks; ``*`` lets a word go on as inflection does, ``_`` stands for a blank."""
    parts = []
    for word in " ".join(alternatives).split():
        plain = fold(word).replace("_", " ")
        parts.append(re.escape(plain[:-1]) + rf"{_LETTER}*" if plain.endswith("*") else re.escape(plain))
    return re.compile(rf"(?<!{_LETTER}){_GLUED}(?:{'|'.join(sorted(parts, key=len, reverse=True))})(?!{_LETTER})")


UNIT_WORDS: dict[PriceUnit, re.Pattern[str]] = {
    PriceUnit.CHILD: words(
        "child* kid kids niño* niña* hijo* menor* enfant* gosse* bébé* bebé* kind kinder kindes baby babys babies "
        "çocuk* bebek* "
        "bebe* طفل* اطفال* الطفل* ولد الولد الاولاد اولاد صغير* رضيع* kleine minor minors drari"
    ),
    PriceUnit.COUPLE: words("couple* paar pärchen pareja* çift* زوجين الزوجين زوج* eşler karı_koca"),
    PriceUnit.FAMILY: words(
        "family families familie* famille* familia* aile* عيله العيله عائل* عوائل العوائل للعوائل tout_le_monde "
        "los_tres"
    ),
    PriceUnit.SEAT: words("seat seats sitz* platz asiento* cupo* koltuk* كرسي* مقعد ein_platz"),
    PriceUnit.LEG: words(
        "leg teilstück* teilstrecke* étape* etape* tramo* first_part second_part each_border nur_bis only_to "
        "sadece_*kadar sadece"
    ),
    PriceUnit.PERSON: words(
        "person persons personen pers persona personne personnes people pp p/p p.p. head heads each adult* "
        "erwachsen* kopf nase "
        "tête têtes adulte* gars cabeza* cada_uno c/u kişi* kisi* adam kelle* kafa* yetişkin* büyük nefer* نفر "
        "نفرات النفرات شخص "
        "الشخص اشخاص راس الراس فرد الفرد كبير الكبير واحد الواحد واحده بالغ البالغ single lel_wa7ed wa7ed l'un "
        "chacun la_place plaza "
        "pro_nase per_man guest for_one f0r_one"
    ),
    PriceUnit.PACKAGE: words(
        "package paket* packet komplette* whole total all_in all_inclusive alles_drin todo_incluido incluido "
        "tout_compris "
        "paquete* au_total en_tout pack full_package ful_paket baştan_sona tam_yol herşey_dahil "
        "a_z uçtan_uca rundum* porte_à_porte de_a_à_z all_inside"
    ),
}
"""Checked in this order: a price "for a child of the family" is the child's."""

DOCUMENT_SERVICES = frozenset({"documents_visas", "housing_or_job_package", "asylum_story_or_fake_proof"})
DOCUMENT_WORDS = words(
    "passport* visa visas visum* visa-* permit* residence residency id_card id_cards id licence* license* "
    "certificate* document* "
    "citizenship nationality sponsor* contract work_permit cos payslip* nómina* fiche_de_paie fiches_de_paie "
    "lohnabrechnung* pass pässe reisepass* führerschein* aufenthalt* ausweis* bescheinigung* "
    "zertifikat* staatsbürger* einbürgerung* arbeitsvertrag* meldeadresse anmeldung passeport* titre* séjour "
    "récépissé* carte carte_de permis "
    "nationalité contrat* attestation* pasaporte* visado* residencia* ciudadanía* nacionalidad* permiso* "
    "contrato* carnet* arraigo* cita* tie nie "
    "tarjeta* pasaport* vize* vizesi oturum* kimlik* ehliyet* vatandaşlık* çalışma_izni ikamet* davetiye* "
    "جواز* الجواز جوازات فيزا* الفيزا تاشيره* تاشيرات اقامه* الاقامه اقامات هويه* جنسيه* الجنسيه عقد العقد عقود "
    "شهاده* رخصه* وثيق* "
    "виза визы паспорт* внж asylum lgbt"
)

PAYMENT_WORDS: dict[str, re.Pattern[str]] = {
    "upfront": words(
        "upfront advance* in_advance pay_first deposit_first vorab anzahlung* vorkasse im_voraus vorher "
        "zahlst_zuerst d'avance à_l'avance acompte* arrhes "
        "adelantado adelanto* anticipo* enganche por_adelantado kapora* ön_ödeme on_odeme peşin* pesin* önceden "
        "مقدم* عربون سلف* دفعه_اولي "
    ),
    "per_leg": words(
        "leg_wise leg_by_leg per_leg each_border part_by_part etappenweise pro_etappe par_étape por_tramos "
        "etap_etap كل_مرحله مرحله_مرحله"
    ),
    "on_arrival": words(
        "on_arrival after_arriv* when_you_arrive when_arriv* after_reach* when_you_reach when_you_land "
        "after_landing arrive nach_ankunft bei_ankunft "
        "wenn_gelandet angekommen erst_nach à_l'arrivée a_l'arrivée une_fois_arrivé* al_llegar cuando_llegues "
        "al_cruzar se_cobra_al varista varışta "
        "inince gelince varınca ulaşınca بعد_الوصول عند_الوصول لتوصل توصل وصولك حتي_تصل الا_بالمانيا بعد_الدخول "
        "بعد_استلام"
    ),
    "third_party": words(
        "third_person third_party third office escrow guarantor deposit_office tiers notaire büro dritten "
        "treuhand* tercero* folio custodia emanet* "
        "ofiste ofis* yediemin مكتب* المكتب بمكتب تامين التامين امانات ضامن واحد_ثقه طرف_ثالث"
    ),
    "later": words(
        "pay_later later installment* instalment* from_salary cut_from_salary later_pay raten ratenzahlung später "
        "plus_tard à_crédit credit crédito "
        "a_plazos en_cuotas fraccionable luego_pagas taksit* sonra_öde* çalışıp_öde* para_sonra بالتقسيط تقسيط "
        "مقسط* ادفع_بعدين بعدين تسدد"
    ),
    "cash": words("cash bar bargeld espèces liquide efectivo nakit* elden كاش نقدا cash_only hand_to_hand"),
    "hawala": words("hawala havale sarraf* saraf* sarrâf hundi حواله* الحواله صراف* الصراف hawale havala"),
    "bank": words(
        "bank_transfer wire bank banküberweisung überweisung* iban virement* transferencia* western_union "
        "moneygram banka* تحويل_بنكي بنك"
    ),
    "mobile_money": words(
        "mobile_money orange_money wave mpesa m-pesa mtn_money momo easypaisa jazzcash bkash zaad evc "
        "vodafone_cash فودافون_كاش"
    ),
    "crypto": words("crypto krypto* bitcoin btc usdt tether binance kripto* cripto* كريبتو بيتكوين"),
}  # fmt: skip
