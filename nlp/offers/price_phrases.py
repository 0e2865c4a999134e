"""What stands around a number that tells a price from everything else; patterns on folded text."""

from __future__ import annotations

import re

# Dates, times of day and numbers with a name of their own are taken out before amounts are read.
NO_AMOUNT = re.compile(
    r"(?<!\d)\d{1,2}[./\-]\d{1,2}[./\-](?:\d{4}|\d{2})(?!\d)"  # 12.05.2026
    r"|(?<!\d)(?:19|20)\d\d-\d\d-\d\d(?!\d)"
    r"|(?<![\d.,])\d{1,2}(?::|h)[0-5]\d(?!\d)"  # 22:30, 22h30
    r"|(?<![\d.,])\d{1,3}(?:[.,]\d+)?\s?(?:%|percent|per cent|prozent|pct|procent|por ciento|pour cent|بالميه|"
    r"في الميه|بالمايه)"
    r"|(?:%|yuzde)\s?\d{1,3}(?:[.,]\d+)?"
    r"|(?<!\d)24\s?/\s?7(?!\d)|(?<!\d)50\s?/\s?50(?!\d)"
)
_COUNTED = (
    "hours?|hrs?|h|min|mins|minutes?|minutos?|minuten|dakika|dk|std|stunden?|saat|heures?|horas?|days?|tage?n?|"
    "jours?|dias?|gun|weeks?|wochen?|"
    "semaines?|semanas?|hafta|months?|monate?n?|mois|mes|meses|ay|years?|yrs?|yr|jahre?n?|ans|anos?|yil|yas|"
    "yasinda|km|kilometers?|kilometres?|"
    "kilometros?|m|metres?|meters?|metros?|metre|mt|mil?les|ps|hp|cv|kg|l|liter|people|persons|guests?|passengers?|"
    "pax|personen|leute|"
    "gaste|travell?ers?|reisende|voyageurs?|viajeros|personnes|gens|personas|gente|kisi|kisilik|yolcu|seats?|places?|plazas?|platze|sitze|koltuk|lugares|"
    "cupos|spots|heads|"
    "clients?|clientes|kunden|families|familien|familles|familias|brothers|men|boys|tries|times?|trips?|voyages|"
    "viajes|sefer|x|mal|"
    "ساعه|ساعات|ساعتين|يوم|ايام|دقيقه|دقايق|اسبوع|اسابيع|شهر|اشهر|سنه|سنين|سنوات|متر|امتار|كيلو|كم|شخص|اشخاص|نفر|"
    "نفرات|راكب|ركاب|"
    "كرسي|محلات|عايله|عوايل|عملاء|زبون|followers|members|uye|sitzer|st|nd|rd|th|pm|am|uhr"
)
COUNTED = re.compile(rf"\s?[+]?\s?-?(?:{_COUNTED})(?![^\W\d_])")
SINCE = re.compile(
    r"(?:since|seit|depuis|desde|from|en|in|im|منذ|من سنه|سنه|عام|summer|winter|abs|no|nr|num|numero|§)\.?\s?$"
)
AGE = re.compile(
    r"(?:age[ds]?|alter|ab|von|unter|under|over|uber|moins de|plus de|menos de|mas de|yas|عمر|سن|فوق|تحت)\s?$"
)

DEPOSIT_AFTER = re.compile(
    r"^[\s,:]*(?:(?:as|als|de|en|a la|a l'|d'|to|para|zur|pour|في|ك)\s?)?"
    r"(?:deposit(?!\s?(?:office|with|at|held))|down\b|anzahlung|acompte|arrhes|kapora|عربون|anticipo|enganche|"
    r"reserva|reservation|to start|to book|"
    r"start\b|para empezar|de entrada|de senal|on depozito|depozito|دفعه اولي|token|first to hold)"
    r"(?!\W{0,3}(?:of |de |von )?[€$£]?\d)"  # "3.500 Euro, Anzahlung 500 €": the word belongs to the next number
)
DEPOSIT_BEFORE = re.compile(
    r"(?:deposit|anzahlung|acompte|arrhes|kapora|عربون|anticipo|enganche|down ?payment|reserva|token|depozito|"
    r"دفعه اولي|first payment|erste (?:zahlung|rate)|premier (?:paiement|versement)|primer pago|primera cuota|"
    r"ilk odeme|الدفعه الاولي)"
    r"(?: of| de| von| only| only| is| nur)?[\s:=]*$"
)
# These may also be the whole price paid ahead, so they count as part payments only beside a larger price.
AHEAD_AFTER = re.compile(
    r"^[\s:]*(?:(?:in |im )?(?:advance|voraus)|upfront|up front|vorab|d'avance|a l'avance|adelantado|de adelanto|"
    r"por adelantado|pesin|onden|مقدم\w*|rest|le reste|el resto|the rest)(?![^\W\d_])"
)
# Words of time: of a price they may say until when it holds ("3000 now"), so they need the other payment beside them.
TIMED_AFTER = re.compile(
    r"^[\s:]*(?:right now|now|first(?! class)|before|vorher|sofort|avant|au depart|antes|al salir|al empezar|once|basta|"
    r"قبل|الاول|half)(?![^\W\d_])"
)
REMAINDER = re.compile(
    r"(?<![^\W\d_])(?:rest|reste|resto|remaining|remainder|balance|other half|lo demas|ubrige|kalan\w*|gerisi|sonra|"
    r"باقي|الباقي|والباقي|after (?:arriv\w+|crossing|landing)|on arrival|over there|nach (?:der )?ankunft|a l'arrivee|"
    r"al llegar|بعد الوصول|عند الوصول)(?![^\W\d_])"
)
PAID_AFTER = re.compile(
    r"^[\s:]*(?:after(?: (?:arriv\w+|crossing|landing))?|on arrival|when you arrive|nach (?:der )?ankunft|danach|"
    r"a l'arrivee|apres|al llegar|despues|varinca|varista|sonra|بعد الوصول|عند الوصول|بعد)(?![^\W\d_])"
)
DISCOUNT_BEFORE = re.compile(
    r"(?:discount|rabatt|remise|reduction|descuento|indirim|خصم|تخفيض|save|spare|off|minus|rebaja|bonus|nachlass|"
    r"moins)(?: of| de| von)?[\s:]*$"
)
DISCOUNT_AFTER = re.compile(
    r"^\s?(?:discount|off\b|rabatt|remise|reduction|de descuento|indirim|خصم|تخفيض|less|cheaper|gunstiger|"
    r"moins cher|ucuz)"
)
INSTEAD_BEFORE = re.compile(
    r"(?<![^\W\d_])(?:instead of|statt|au lieu de|en vez de|en lugar de|بدل|بدلا من|was|before|old price|vorher|antes|"
    r"eskiden|avant)[\s:]*$"
)
INSTEAD_AFTER = re.compile(r"^\s?(?:yerine)")
WAGE_AFTER = re.compile(
    r"^\s?(?:/|per|a|an|the|pro|im|par|al|por|each|every|في|ب)?\s?"
    r"(?:month|monat|mois|mes\b|hour|stunde|heure|hora|day|tag\b|jour|dia\b|week|woche|semaine|semana|night pay|netto|"
    r"monthly|monatlich|mensuel|mensual|aylik|saatlik|haftalik|maas|gehalt|lohn|salary|salario|sueldo|salaire|شهريا|"
    r"بالشهر|الشهر|راتب)"
)
WAGE_BEFORE = re.compile(
    r"(?:earn|earning|salary|wages?|verdien\w*|gehalt|lohn|salaire|gagn\w+|salario|sueldo|ganar?|ganas|maas|"
    r"kazan\w+|راتب|معاش|يربح|aylik|income)"
    r"(?: of| de| von| is| up to| bis| jusqu'a| hasta)?[\s:]*$"
)
BALANCE_BEFORE = re.compile(
    r"(?:bestatigung|sperrkonto|konto|guthaben|kontostand|balance|statement|account|solde|compte|saldo|cuenta|"
    r"bakiye|hesap|رصيد|حساب|"
    r"releve|extracto|proof of funds|funds)(?: (?!kostet)\w+)?(?: uber| of| with| mit| de| con| avec| showing|"
    r" ب)?[\s:]*$"
)
PRICE_BEFORE = re.compile(
    r"(?:price|prices|cost|costs|fee|rate|only|just|for|pay|preis|preise|festpreis|paketpreis|kostet|kosten|nur|fur|"
    r"ab|honorar|gebuhr|vb|"
    r"prix|tarif|cout|seulement|a partir de|pour|precio|precios|tarifa|cuesta|cobro|solo|por|desde|fiyat|fiyati|"
    r"ucret|sadece|ucreti|"
    r"سعر|السعر|سعره|التكلفه|تكلفه|ب|فقط|المبلغ|بس|قيمه|كلفه|قيمتها|=|:)[\s:=]*(?:is |ist |est |es |ca\.? |about )?$"
)
ENOUGH_AFTER = re.compile(
    r"^\s?(?:vb|komplett|complete|total|all in|all incl|todo incluido|incluido|tout compris|final|fix|net|cash|pp|"
    r"p/p|per |each|pro |par |por |"
    r"kisi ?basi|adam ?basi|kelle|للنفر|للشخص|عالشخص|ع النفر|النفر|للراس|الراس|one person|nach |bis |jusqu|hasta |"
    r"to |till )"
)
ALL_IN = re.compile(
    r"(?:all|alles|alle|tous|tout|todo|todos|hepsi|hep|prices|preise|prix|precios|fiyatlar|كله|كلها|"
    r"الاسعار)(?: \w+)?[\s:]*$"
)
"""Before a currency on its own: it goes for all bare numbers ("alles € pro Person")."""
