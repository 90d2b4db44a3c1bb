"""Reference pairs: questions and passages that answer them, each on a subject of its own.

An embedder's cosines of the pairs are those of answers, its cosines of all other combinations those
of unrelated passages (``indexer/calibration``). The answers paraphrase: few share words with their
questions. Changed texts make other calibrations: leave them as they are.
"""

from typing import Final, NamedTuple


class ReferencePair(NamedTuple):
    """A question, and a passage of some sixty words that answers it."""

    question: str
    passage: str


REFERENCE_PAIRS: Final = (
    ReferencePair(
        "How long should bread dough rise?",
        "Cover the bowl with a damp cloth and leave the dough in a warm corner until it has "
        "doubled, which takes about ninety minutes in a heated kitchen and up to three hours in"
        " a cold one. A slow rise overnight in the refrigerator gives more flavour. Press a "
        "finger into the surface: when the dent fills slowly, the loaf can be shaped and baked.",
    ),
    ReferencePair(
        "What does the warranty cover?",
        "The manufacturer repairs or replaces parts that fail through faults of material or "
        "workmanship within twenty-four months of delivery. Wear of belts, filters and lamps is"
        " excluded, as is damage by frost, by the wrong voltage or by repairs that a third "
        "party has made. The buyer reports a defect in writing within two weeks and keeps the "
        "machine ready for inspection.",
    ),
    ReferencePair(
        "Which drug lowers blood pressure without causing a cough?",
        "ACE inhibitors cause a dry cough in about one patient in ten, as bradykinin "
        "accumulates in the lungs. Angiotensin receptor blockers such as losartan reduce "
        "arterial pressure to a similar degree but leave bradykinin alone, so patients who "
        "stopped the first drug because of coughing usually tolerate the second. Potassium and "
        "kidney function should be checked after two weeks.",
    ),
    ReferencePair(
        "Why did the city wall lose its purpose?",
        "Cannon made tall, thin masonry useless: a wall that had stood for three centuries "
        "could be breached in an afternoon. From the sixteenth century on engineers built low "
        "bastions of earth instead, and the old towers served as prisons, granaries and "
        "lookouts for fires. In 1808 the council sold the stones to house builders and planted "
        "lime trees along the ditch.",
    ),
    ReferencePair(
        "How do I merge two branches in version control?",
        "Check out the branch that is to receive the changes, make sure that the working tree "
        "is clean, and run the merge command with the name of the other branch. If both sides "
        "have edited the same lines, the tool writes markers into the file. Edit it, remove the"
        " markers, add the file and commit. An unwanted merge can be aborted before the commit.",
    ),
    ReferencePair(
        "What keeps a sailing boat upright?",
        "A keel of lead or iron hangs deep below the hull and acts as a pendulum: the further "
        "the yacht heels, the longer its lever. Dinghies have no ballast; the crew leans out on"
        " the windward side. The breadth of the hull adds stability at small angles, while "
        "beyond about sixty degrees only the weight of the keel brings the vessel back.",
    ),
    ReferencePair(
        "How high was net profit last year?",
        "Revenue rose by 7.4 percent to 318.2 million, chiefly owing to the service division. "
        "After interest, taxes and the write-down on the Polish plant a profit of 21.6 million "
        "remained, compared with 19.9 million in the preceding financial year. The board "
        "proposes a dividend of 0.85 per share and carries the remainder forward to the new "
        "account.",
    ),
    ReferencePair(
        "Where do swallows spend the winter?",
        "Ringing has shown that the birds of northern Europe cross the Mediterranean and the "
        "Sahara in September and stay south of the equator, many of them in the reed beds of "
        "Botswana and South Africa. They feed on flying insects, which a European winter lacks."
        " The return journey of ten thousand kilometres takes about five weeks and ends in "
        "April.",
    ),
    ReferencePair(
        "What happens when a tenant stops paying rent?",
        "If the lessee is in arrears by two monthly payments, the landlord may end the lease "
        "without notice, after a written reminder has set a last date. Paying the whole debt "
        "within two months after the claim for eviction is served makes the termination void, "
        "once in two years. The deposit may be used for arrears only after the lease has ended.",
    ),
    ReferencePair(
        "How are stars of different colour different in temperature?",
        "The surface of a blue star has more than twenty thousand kelvin, that of a yellow one "
        "such as the Sun about six thousand, and a red dwarf stays below four thousand. The "
        "light of a hot body has its maximum at shorter wavelengths, which Wien described in "
        "1893. So a photograph through two filters is enough to estimate how hot a star is.",
    ),
    ReferencePair(
        "Who may borrow books from the library?",
        "Everyone who lives or works in the district gets a card free of charge on showing a "
        "proof of address; children under fourteen need the signature of a parent. Ten volumes "
        "may be taken home for four weeks, newspapers and atlases are read in the hall. For "
        "each day of delay the desk charges twenty cents, and reserved titles cannot be "
        "renewed.",
    ),
    ReferencePair(
        "How does a vaccine protect against a virus?",
        "A harmless part of the pathogen, often a protein of its shell, is shown to the immune "
        "system. B cells that bind to it multiply and release antibodies, and some remain as "
        "memory cells for years. When the real virus arrives, they respond within hours instead"
        " of days, and the infection is stopped before it makes the patient ill.",
    ),
    ReferencePair(
        "What should I check before buying a used bicycle?",
        "Look along the frame for dents and cracks near the welds, turn the pedals backwards to"
        " feel whether the bearings grind, and measure how far the chain has stretched. Rims "
        "that are worn hollow must be replaced, which costs more than it seems. Ask for the "
        "receipt and compare the number below the bottom bracket, so as not to buy a stolen "
        "one.",
    ),
    ReferencePair(
        "Why is the trade deficit growing?",
        "Imports of energy became dearer by a third while exports of machinery stagnated, as "
        "demand from Asia weakened and the currency gained eight percent against the dollar. "
        "Economists at the institute expect that the gap between what the country buys and "
        "sells abroad will widen until the spring and close slowly once the price of gas falls.",
    ),
    ReferencePair(
        "How can tomatoes be kept free of blight?",
        "The fungus needs wet leaves for about ten hours to germinate. Plant under a roof, a "
        "metre apart so that wind dries the foliage, water only the soil and in the morning, "
        "and take off the lowest leaves. Copper sprays protect for a week, until the next heavy"
        " rain. Infected plants go into the bin and never onto the compost.",
    ),
    ReferencePair(
        "What did the composer change in the second version of the symphony?",
        "For the performance in Leipzig he cut the scherzo by forty bars, replaced the harp "
        "with muted violins and let the finale end quietly in the minor key. Critics had called"
        " the noisy close of the first version a circus. The manuscript with his corrections in"
        " red ink was found in 1931 in the attic of the conductor's daughter.",
    ),
    ReferencePair(
        "How is the password of a user stored?",
        "The server never keeps the password itself. It draws a random salt of sixteen bytes, "
        "derives a key with a deliberately slow function such as scrypt, and stores the salt, "
        "the parameters and the result in the accounts table. At login the derivation is "
        "repeated and compared in constant time. Raising the cost takes effect when a user next"
        " signs in.",
    ),
    ReferencePair(
        "What makes concrete crack?",
        "While it hardens, water leaves the cement paste and the slab shrinks; if the ground or"
        " the reinforcement holds it back, tension arises that young concrete cannot bear. Hot "
        "wind on the first day makes it worse. Cover the surface, keep it moist for a week and "
        "saw joints every five metres, so that the cracks appear where they do no harm.",
    ),
    ReferencePair(
        "When must the minutes of a meeting be sent out?",
        "The secretary writes down the motions, votes and deadlines and distributes the record "
        "to all members of the committee no later than ten working days after the session. "
        "Objections are raised in writing before the following session, which decides on them "
        "first. Approved minutes are signed by the chair and filed for thirty years.",
    ),
    ReferencePair(
        "How do octopuses hide from predators?",
        "Their skin holds thousands of small sacs of pigment, each surrounded by muscles that "
        "open it within a fraction of a second, above a layer that reflects the colours of the "
        "surroundings. The animal also raises bumps to imitate the texture of coral or sand. "
        "Pressed flat against a rock it is invisible, though the eyes remain open.",
    ),
    ReferencePair(
        "What is the fastest way from the airport to the centre?",
        "The express train leaves every fifteen minutes from the level below arrivals and needs"
        " twenty-two minutes to the main station; a ticket costs twelve and is sold at the "
        "machines only. Buses are half as dear but stand in traffic at rush hour. A taxi takes "
        "forty minutes and has a fixed price of fifty-five, luggage included.",
    ),
    ReferencePair(
        "Why do children learn languages more easily than adults?",
        "Before puberty the brain still prunes and strengthens the connections that tell sounds"
        " apart, and infants listen for a year before they speak. Adults know more words and "
        "rules but filter foreign sounds through those of their mother tongue. Time matters as "
        "well: a child in kindergarten hears the new language for thirty hours each week.",
    ),
    ReferencePair(
        "How do I apply for parental leave?",
        "Hand in the form at the personnel department seven weeks before the leave begins, and "
        "state for which months of the first two years of the child you ask. Parents may take "
        "the time together or one after the other, and work up to thirty hours a week "
        "meanwhile. The employer confirms in writing and may not dismiss you from the day of "
        "the request.",
    ),
    ReferencePair(
        "What is the difference between a virus scanner and a firewall?",
        "A scanner inspects files and running programs for known malicious patterns and puts "
        "what it finds into quarantine. A firewall looks at network connections: it decides by "
        "address, port and program which packets may pass in or out. The first helps when "
        "something harmful has already been saved on the disk, the second keeps others from "
        "reaching open services.",
    ),
    ReferencePair(
        "How did the expedition survive the winter in the ice?",
        "The ship was crushed in November, and the men lived under two upturned boats on an "
        "island for four months. They burned seal blubber in a stove made from a biscuit tin, "
        "ate penguins, and read the same three books aloud every evening. Scurvy was avoided "
        "since fresh meat contains some vitamin C. In April a whaler saw their smoke.",
    ),
    ReferencePair(
        "Which soil is best for growing blueberries?",
        "The bushes want acid ground with a pH between four and five, loose and always slightly"
        " moist. In gardens with lime, dig a pit half a metre deep, line its sides with fleece "
        "and fill it with peat-free ericaceous compost and pine bark. Water with rain only, as "
        "tap water raises the pH within a few seasons and the leaves turn yellow.",
    ),
    ReferencePair(
        "What evidence is there that the painting is a forgery?",
        "Under ultraviolet light the signature lies above the varnish, and the white contains "
        "titanium dioxide, a pigment that was not sold before 1916, though the portrait is "
        "dated 1782. The canvas was relined with a cloth woven by machine. The museum has taken"
        " the picture out of its catalogue and asks the dealer to return the price.",
    ),
    ReferencePair(
        "How much sleep do teenagers need?",
        "Studies recommend between eight and ten hours for young people of thirteen to "
        "eighteen. As the inner clock moves back during puberty, they become tired only towards"
        " eleven, while lessons begin at eight. Schools that started an hour later found better"
        " marks and fewer accidents on the way. Screens in bed delay falling asleep by a "
        "further half hour.",
    ),
    ReferencePair(
        "How does a referee decide whether a player is offside?",
        "A footballer is in an offside position when any part of the head, body or feet is "
        "nearer to the opponents' goal line than both the ball and the second-last opponent at "
        "the moment the pass is played, and in the opponents' half. It is punished only when he"
        " takes part in the game. There is no offside from a goal kick, a corner or a throw-in.",
    ),
    ReferencePair(
        "What is done with the waste heat of the data centre?",
        "The cooling water leaves the racks at forty-five degrees and is raised to seventy by a"
        " heat pump before it enters the district heating network. Since last autumn it warms "
        "eleven hundred flats and the indoor pool. The operator is paid by the kilowatt-hour, "
        "and in summer the surplus is stored in gravel beneath the car park.",
    ),
    ReferencePair(
        "Which sampling rate is needed to record speech?",
        "A signal must be sampled at more than twice its highest frequency. Speech is "
        "intelligible up to four kilohertz, so telephones use eight thousand samples a second; "
        "sibilants reach eight kilohertz and beyond, for which sixteen thousand is common in "
        "recognition systems. Music is recorded with forty-four thousand one hundred or more. A"
        " low-pass filter prevents aliasing.",
    ),
    ReferencePair(
        "How can a small company reduce its travel costs?",
        "Book trains at least three weeks ahead and agree on rates with two hotels in each city"
        " that staff visit often. A rule that meetings of under two hours are held by video "
        "halves the number of trips. Receipts are photographed on the way and paid out monthly."
        " In the pilot, expenses fell by thirty-eight percent within one year.",
    ),
)

# All questions, then all passages.
REFERENCE_TEXTS: Final = (
    *(pair.question for pair in REFERENCE_PAIRS),
    *(pair.passage for pair in REFERENCE_PAIRS),
)
