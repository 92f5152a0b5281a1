"""Who plays: four venues, their rooms, their people. All of it invented."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

PASSWORD = "bonjour-les-voisins"  # noqa: S105  # of a demo that holds nothing true
HOUR = 60
WEEKDAYS = dict.fromkeys(range(5), (8 * HOUR, 20 * HOUR))


@dataclass(frozen=True)
class Room:
    """One space. `wishes` is how many people ask for it on a plain weekday."""

    name: str
    kind: str
    base: int
    capacity: int = 1
    units: int = 1
    wishes: float = 3.0
    floor: str = "Étage"
    parts: tuple[str, ...] = ()
    equipment: tuple[str, ...] = ()
    words: str = ""
    rules: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Venue:
    """One tenant with its looks, its week and how business goes."""

    name: str
    slug: str
    town: str
    postcode: str
    street: str
    theme: str
    brand: str
    title: str
    siren: str
    rooms: tuple[Room, ...]
    staff: tuple[tuple[str, str, str], ...]
    plan: str
    lines: str
    week: dict[int, tuple[int, int]]
    accent: str | None = None
    voice: str = "vous"
    growth: float = 0.1
    slump: float = 1.0
    door: str = "4718"


MEETING = {"min_minutes": 60, "max_minutes": 600, "step_minutes": 30}
BOOTH = {"min_minutes": 30, "max_minutes": 240, "rounding_cents": 50}
DESK = {"step_minutes": 60, "min_minutes": 60, "max_minutes": 720, "rounding_cents": 50}
BIKE = {"step_minutes": 60, "min_minutes": 60, "max_minutes": 480}
HALL = {"min_minutes": 120, "max_minutes": 720, "buffer_minutes": 60, "horizon_days": 365}
SCREEN, BOARD = "Écran 55″", "Tableau blanc"

MOULIN = Venue(
    name="Le Moulin Neuf",
    slug="moulin",
    town="Lyon",
    postcode="69009",
    street="14 quai des Meuniers",
    theme="etabli",
    brand="#005a42",
    title="Une salle, demain, au bon prix",
    siren="852416395",
    growth=0.16,
    week=WEEKDAYS | {5: (8 * HOUR, 13 * HOUR)},
    lines="Bus C14, arrêt Les Meuniers",
    staff=(
        ("Amira Benali", "amira", "owner"),
        ("Karim Diallo", "karim", "manager"),
        ("Inès Carvalho", "ines", "front_desk"),
    ),
    rooms=(
        Room("Salle Lumière", "meeting_room", 2200, 14, wishes=3.6,
             equipment=("Vidéoprojecteur", SCREEN, BOARD), rules=MEETING,
             words="La plus claire, sous la verrière nord."),
        Room("Salle Curie", "meeting_room", 1800, 6, wishes=4.4, equipment=(SCREEN, BOARD),
             words="Six autour d’une table, un écran, du calme.", rules=MEETING),
        Room("Salle Hugo", "meeting_room", 2400, 12, wishes=3.4, equipment=("Vidéoprojecteur",),
             words="Modulable, avec vue sur la Saône.", rules=MEETING),
        Room("Studio podcast", "workshop", 1500, 2, wishes=2.6, equipment=("2 micros", "Isolé"),
             words="Cabine traitée, table de mixage prête.", rules=MEETING),
        Room("Plateau", "desk_pool", 400, 1, 24, 8, "Rez-de-chaussée",
             equipment=("Fibre", "Casiers"), words="Vingt-quatre postes en lumière du jour.",
             rules=DESK),
        Room("Cabines", "phone_booth", 300, 1, 3, 3, "Rez-de-chaussée",
             words="Pour un appel sans témoin.", rules=BOOTH),
        Room("Halle est", "event_hall", 3600, 40, 1, 0.5, "Rez-de-chaussée",
             equipment=("Sonorisation",), rules=HALL),
        Room("Halle ouest", "event_hall", 3600, 40, 1, 0.4, "Rez-de-chaussée",
             equipment=("Cuisine",), rules=HALL),
        Room("Grande halle", "event_hall", 6400, 80, 1, 0.3, "Rez-de-chaussée",
             ("Halle est", "Halle ouest"), ("Sonorisation", "Cuisine"),
             "Les deux halles ouvertes, quatre-vingts personnes assises.", HALL),
        Room("Atelier bois", "workshop", 1200, 8, 1, 1.6, "Ateliers",
             equipment=("Scie à format", "Aspiration"),
             words="Établis, machines, formation requise.",
             rules=MEETING | {"buffer_minutes": 30}),
        Room("Vélos cargo", "bike", 350, 1, 4, 1, "Rez-de-chaussée",
             words="Quatre vélos, antivol et casque compris.", rules=BIKE),
    ),
    plan="""
        0 0 190 152 Salle Lumière
        190 0 204 152 Salle Curie
        394 0 164 152 Salle Hugo
        558 0 162 152 Studio podcast
        0 152 720 58 -
        0 210 330 230 Plateau
        330 210 96 116 Cabines
        330 326 96 114 Accueil
        426 210 84 230 Halle ouest
        510 210 84 230 Halle est
        594 210 126 230 Atelier bois
    """,
)  # fmt: skip

QUAI = Venue(
    name="Quai 12",
    slug="quai12",
    town="Nantes",
    postcode="44200",
    street="12 quai de la Fosse",
    theme="calque",
    brand="#1a3bc5",
    accent="#edf548",
    title="Travaillez au bord de l’eau",
    siren="901327452",
    voice="tu",
    growth=0.22,
    week=WEEKDAYS | {5: (9 * HOUR, 18 * HOUR), 6: (10 * HOUR, 18 * HOUR)},
    lines="Tram 1, arrêt Chantiers navals",
    door="2290",
    staff=(("Malo Kervella", "malo", "owner"), ("Jeanne Le Goff", "jeanne", "front_desk")),
    rooms=(
        Room("Grand pont", "meeting_room", 3000, 16, wishes=3.8, equipment=(SCREEN, "Visio"),
             words="La grande salle, visio et balcon.", rules=MEETING),
        Room("Cale sèche", "meeting_room", 2200, 8, wishes=4.2, equipment=(SCREEN,),
             words="Huit places, murs à écrire.", rules=MEETING),
        Room("Passerelle", "meeting_room", 1600, 4, wishes=4.6, equipment=(BOARD,),
             words="Quatre places, vue sur le fleuve.", rules=MEETING),
        Room("Bureau fermé", "office", 1400, 3, wishes=2.2, equipment=("Fibre",),
             words="Un bureau qui ferme à clé.", rules={"min_minutes": 120, "max_minutes": 720}),
        Room("Open space", "desk_pool", 500, 1, 24, 8, "Rez-de-quai", equipment=("Fibre",),
             words="Vingt-quatre postes face au fleuve.",
             rules=DESK),
        Room("Cabines", "phone_booth", 400, 1, 4, 3, "Rez-de-quai", rules=BOOTH),
        Room("Studio photo", "workshop", 2800, 6, 1, 1.8, "Rez-de-quai",
             equipment=("Fond blanc", "3 torches"), words="Fond blanc, torches, cabine d’essayage.",
             rules=MEETING),
        Room("Vélos", "bike", 300, 1, 5, 1, "Rez-de-quai", rules=BIKE),
    ),
    plan="""
        0 0 250 170 Grand pont
        250 0 180 170 Cale sèche
        430 0 130 170 Passerelle
        560 0 160 170 Bureau fermé
        0 170 720 50 -
        0 220 380 220 Open space
        380 220 110 110 Cabines
        380 330 110 110 Accueil
        490 220 230 220 Studio photo
    """,
)  # fmt: skip

VERRIERE = Venue(
    name="La Verrière",
    slug="verriere",
    town="Grenoble",
    postcode="38000",
    street="5 rue des Serres",
    theme="etabli",
    brand="#7a2e5d",
    title="Sous la verrière, une place pour vous",
    siren="794512087",
    growth=-0.05,
    slump=0.62,
    week=dict.fromkeys(range(6), (9 * HOUR, 19 * HOUR)),
    lines="Tram C, arrêt Les Serres",
    door="1357",
    staff=(("Lou Ferrand", "lou", "owner"), ("Sami Haddad", "sami", "front_desk")),
    rooms=(
        Room("Serre chaude", "meeting_room", 2000, 10, wishes=2.4, equipment=(SCREEN, BOARD),
             words="Dix places entre les fougères.", rules=MEETING),
        Room("Serre froide", "meeting_room", 1500, 6, wishes=2.2, equipment=(BOARD,),
             words="Six places, fraîche en été.", rules=MEETING),
        Room("Orangerie", "event_hall", 4200, 60, 1, 0.5, "Rez-de-chaussée",
             equipment=("Sonorisation",), words="Soixante personnes sous le verre.", rules=HALL),
        Room("Jardin d’hiver", "desk_pool", 350, 1, 12, 3.5, "Rez-de-chaussée",
             words="Douze postes, plantes comprises.",
             rules=DESK),
        Room("Atelier céramique", "workshop", 1800, 8, 1, 1.2, "Ateliers",
             equipment=("2 fours", "6 tours"), words="Six tours, deux fours.", rules=MEETING),
        Room("Cabine", "phone_booth", 300, 1, 1, 2.2, "Rez-de-chaussée", rules=BOOTH),
    ),
    plan="""
        0 0 260 160 Serre chaude
        260 0 200 160 Serre froide
        460 0 90 160 Cabine
        550 0 170 160 Accueil
        0 160 720 50 -
        0 210 300 230 Jardin d’hiver
        300 210 250 230 Orangerie
        550 210 170 230 Atelier céramique
    """,
)  # fmt: skip

GRANGE = Venue(
    name="La Grange Ouverte",
    slug="grange",
    town="Crest",
    postcode="26400",
    street="3 chemin des Foins",
    theme="calque",
    brand="#b84e1d",
    title="Une place à la campagne",
    siren="987654324",
    growth=0.3,
    week=WEEKDAYS | {5: (9 * HOUR, 17 * HOUR)},
    lines="Gare de Crest à 900 m",
    door="8812",
    staff=(("Léa Morin", "lea", "owner"), ("Tom Bastide", "tom", "front_desk")),
    rooms=(
        Room("Fenil", "meeting_room", 1600, 10, wishes=2.6, equipment=("Vidéoprojecteur", BOARD),
             words="Sous la charpente, dix places.", rules=MEETING),
        Room("Étable", "meeting_room", 1200, 6, wishes=2.8, equipment=(BOARD,),
             words="Six places, murs de pierre.", rules=MEETING),
        Room("Aire", "desk_pool", 300, 1, 10, 3, "Rez-de-cour",
             words="Dix postes, poêle en hiver.", rules=DESK),
        Room("Cabine", "phone_booth", 200, 1, 1, 2, "Rez-de-cour", rules=BOOTH),
        Room("Vélos", "bike", 250, 1, 3, 2, "Rez-de-cour", rules=BIKE),
    ),
    plan="""
        0 0 300 180 Fenil
        300 0 240 180 Étable
        540 0 180 180 Cabine
        0 180 720 50 -
        0 230 460 210 Aire
        460 230 260 210 Accueil
    """,
)  # fmt: skip

OPERATOR = ("Noé Lambert", "noe")
COWORKERS = (("Maya Roux", "maya"), ("Hugo Petit", "hugo"))

FIRST = (
    "Adèle Amine Anouk Basile Camille Chloé Clément Daphné Driss Élise Emma Farid Gaëlle Hélène"
    " Idriss Jules Karima Léo Lina Louise Manon Mehdi Nadia Nina Olivier Paul Rachid Rose Salomé"
    " Samuel Sofia Théo Yasmine Yann Zoé Victor"
).split()
LAST = (
    "Arnaud Aubert Barbier Benoît Blanc Bonnet Caron Chevalier Colin Da_Silva David Dubois Faure"
    " Fontaine Garnier Girard Guérin Haddad Hamdi Kone Lambert Leroy Marchand Martin Mercier Moreau"
    " Nguyen Perrin Picard Renard Roche Sow Tessier Traoré Vidal Weber"
).split()
COMPANIES = (
    "Coop Bleue",
    "Studio Hertz",
    "Cabinet Lys",
    "Asso Vélo",
    "Formation Greta",
    "Atelier Numa",
    "Les Ondes",
    "Couture & Cie",
    "Réseau Entraide",
    "Chorale des Moulins",
)
