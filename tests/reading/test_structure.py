"""Structure: headings, lists, questions and facts, in Markdown and in text pasted from the web."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.reading.marks import Kind, is_myth
from rag.reading.structure import Block, read_structure
from rag.types import Role

PASTED = (Path(__file__).parents[1] / "data" / "farmers-walk.txt").read_text("utf-8")
PASTED_TITLE = "Farmer's Walk: How It Works, Who It Suits, and Common Questions"


def roles(text: str, title: str = "") -> list[tuple[str, str]]:
    """Each sentence of a text as (role, words)."""
    return [(s.role.value, text[s.start : s.end]) for block in read_structure(text, title) for s in block.sentences]


def kinds(text: str) -> list[Kind]:
    return [block.kind for block in read_structure(text)]


def headings(text: str, title: str = "") -> list[tuple[int, str]]:
    found = [block for block in read_structure(text, title) if block.kind in (Kind.HEADING, Kind.QUESTION)]
    return [(block.level, block.title) for block in found]


def holding(text: str, words: str) -> Block:
    """The block in which some words stand."""
    at = text.index(words)
    return next(block for block in read_structure(text) if block.start <= at < block.end)


class TestPastedText:
    def test_headings_and_their_levels(self) -> None:
        assert headings(PASTED, PASTED_TITLE) == [
            (1, "Grip Training"),
            (1, PASTED_TITLE),
            (2, "What Kind of Exercise Is It?"),
            (2, "How Carries Are Classified"),
            (2, "Quick Facts"),
            (2, "How to Do It"),
            (2, "Conclusion: A Simple Builder of Grip"),
            (2, "Frequently Asked Questions"),
            (3, "Does the farmer's walk build muscle?"),
            (3, "How heavy should the weights be?"),
        ]

    def test_byline_is_furniture(self) -> None:
        assert ("furniture", "By Robin 4 min read") in roles(PASTED)

    def test_lead_in_is_the_last_sentence_before_the_list(self) -> None:
        assert ("lead-in", "Three labels are in use:") in roles(PASTED)
        assert (
            "prose",
            "Coaches sort lifts by joint action (e.g., flexion or extension), and carries do not fit neatly.",
        ) in roles(PASTED)

    def test_bullets_with_prose_after_a_colon_are_items_of_one_block(self) -> None:
        block = holding(PASTED, "Isometric Pull")
        assert [s.role for s in block.sentences] == [Role.ITEM] * 4
        assert PASTED[block.sentences[0].start : block.sentences[0].end] == (
            "Isometric Pull: The arms hang straight while the grip resists opening."
        )
        assert len({s.block for s in block.sentences}) == 1

    def test_lines_of_key_and_value_are_facts_of_one_block(self) -> None:
        facts = [s for block in read_structure(PASTED) for s in block.sentences if s.role is Role.FACT]
        assert [PASTED[s.start : s.end] for s in facts] == [
            "Equipment: two dumbbells",
            "Level: beginner",
            "Main muscles: forearms, trapezius, obliques",
        ]
        assert len({s.block for s in facts}) == 1

    def test_steps(self) -> None:
        assert [words for role, words in roles(PASTED) if role == "step"] == [
            "Stand between two weights and grip them.",
            "Brace, then stand up tall.",
            "Keep the chin level.",
            "Walk with short steps for 20 to 40 metres.",
        ]

    def test_a_conclusion_with_a_colon_is_a_heading_not_a_fact(self) -> None:
        assert ("heading", "Conclusion: A Simple Builder of Grip") in roles(PASTED)

    def test_questions_are_questions_and_answers_are_prose(self) -> None:
        assert ("question", "Does the farmer's walk build muscle?") in roles(PASTED)
        assert ("prose", "Yes, it builds the forearms and the upper back, mostly through long holds.") in roles(PASTED)

    def test_a_run_of_short_lines_is_a_menu_not_headings(self) -> None:
        text = "The lift is a push. It works.\n\nHome\n\nAbout\n\nShop\n\nContact\n\nThe press is a push too, you know."
        assert headings(text) == [(2, "Contact")]

    def test_a_speech_has_no_headings(self) -> None:
        text = "Good evening. Thank you.\n\nAUDIENCE: Booo —\n\nTHE SPEAKER: I quote.\n\nIs it fair?\n\nIt is not fair."
        assert [level for level, _ in headings(text) if level] == []

    @pytest.mark.parametrize("bullet", ["•", "  •", "-", "*", "–", "◦", "‣", "▪"])
    def test_bullets(self, bullet: str) -> None:
        text = f"It helps:\n\n{bullet} More strength\n{bullet} Better balance\n"
        assert roles(text) == [("lead-in", "It helps:"), ("item", "More strength"), ("item", "Better balance")]

    def test_bullets_and_columns_by_tabs(self) -> None:
        assert roles("\t•\tGo slow\n\t•\tBreathe\n\nGlutes\tprime mover\nQuads\thelper") == [
            ("item", "Go slow"),
            ("item", "Breathe"),
            ("row", "Glutes\tprime mover"),
            ("row", "Quads\thelper"),
        ]

    def test_numbered_headings(self) -> None:
        text = "Squat\n\nIt is a push. It works.\n\n1. Setup\n\nStand with care.\n\n2. Movement\n\nSit down. Stand."
        assert headings(text) == [(2, "Squat"), (2, "Setup"), (2, "Movement")]

    def test_question_and_answer_marks(self) -> None:
        assert roles("Q: Is a row a pull?\nA: Yes, it is.") == [
            ("question", "Is a row a pull?"),
            ("prose", "Yes, it is."),
        ]

    def test_an_interviewer_asks_with_more_than_a_question(self) -> None:
        text = (
            "Q: What about alcohol? Plenty of athletes say a beer helps them drop off.\n"
            "A: You'll fall asleep faster, sure. Then you wake up.\n\n"
            "Q: Tell us of naps.\n\nMany take them.\n\nA: They help.\n\nQ: Always? A: No."
        )
        assert roles(text) == [
            ("question", "What about alcohol? Plenty of athletes say a beer helps them drop off."),
            ("prose", "You'll fall asleep faster, sure."),
            ("prose", "Then you wake up."),
            ("question", "Tell us of naps."),
            ("question", "Many take them."),
            ("prose", "They help."),
            ("question", "Always?"),
            ("prose", "No."),
        ]

    def test_an_answer_as_wide_as_its_question_is_a_line_of_its_own(self) -> None:
        text = "Q: How many hours of sleep should an athlete have?\nA: Eight at the least, and ten in a hard week."
        assert [role for role, _ in roles(text)] == ["question", "prose"]

    def test_what_follows_an_answer_or_is_not_answered_is_not_asked(self) -> None:
        assert roles("Q: Is it hard? It looks it.\n\nIt is not.\n\nMore text.") == [
            ("question", "Is it hard? It looks it."),
            ("prose", "It is not."),
            ("prose", "More text."),
        ]


class TestMyths:
    @pytest.mark.parametrize(
        ("myth", "truth"),
        [
            ("Myth: Milk is bad.", "Truth: "),
            ("**Myth:** Milk is bad.", "**Truth:** "),
            ("**Myth: Milk is bad**", "**Fact:** "),
            ("MYTH: Milk is bad", "FACT: "),
            ("Myth 1: Milk is bad.", "Reality: "),
            ("Myth #2 – Milk is bad.", "The truth – "),
            ("Misconception: Milk is bad.", ""),
            ("Common myth: milk is bad", "Fact 1: "),
        ],
    )
    @pytest.mark.parametrize("gap", ["\n", "\n\n"])
    def test_a_myth_is_asked_and_its_truth_answers(self, myth: str, truth: str, gap: str) -> None:
        text = f"Common myths\n\nThere are some.\n\n{myth}{gap}{truth}Most people can drink it. It does no harm."
        assert roles(text)[2:] == [
            ("question", myth.strip("*") if myth.endswith("**") else myth),
            ("prose", "Most people can drink it."),
            ("prose", "It does no harm."),
        ]

    def test_a_wide_line_of_truth_does_not_go_on_with_the_myth(self) -> None:
        text = "Myth: Milk is bad for all who are older than eight.\nTruth: Most people of any age can drink it and thrive."
        assert [role for role, _ in roles(text)] == ["question", "prose"]

    def test_a_myth_and_its_truth_in_one_paragraph(self) -> None:
        assert roles("**Myth:** Milk is bad. It is for calves. **Truth:** It is good. Drink it.") == [
            ("question", "**Myth:** Milk is bad. It is for calves."),
            ("prose", "It is good."),
            ("prose", "Drink it."),
        ]

    def test_myths_as_headings(self) -> None:
        text = "# Milk\n\n## Myths\n\n### Myth: Milk is bad\n\n**Truth:** It is good.\n\n### Myth 2: It is old\n\nIt is not."
        assert roles(text)[2:] == [
            ("question", "Myth: Milk is bad"),
            ("prose", "It is good."),
            ("question", "Myth 2: It is old"),
            ("prose", "It is not."),
        ]
        assert headings(text)[2:] == [(3, "Myth: Milk is bad"), (3, "Myth 2: It is old")]

    def test_what_elaborates_a_myth_is_asked_too(self) -> None:
        text = "# Milk\n\n## Myth: It is bad\n\nMany people think so.\n\nTruth: It is not."
        assert roles(text)[1:] == [
            ("question", "Myth: It is bad"),
            ("question", "Many people think so."),
            ("prose", "It is not."),
        ]

    def test_myths_in_lists(self) -> None:
        text = (
            "- Myth: Milk is bad\n- Truth: it is good\n- **Myth:** It is old. **Fact:** It is fresh.\n"
            "- Myth: It is dear\n  Truth: It is cheap."
        )
        assert roles(text) == [
            ("question", "Myth: Milk is bad"),
            ("item", "it is good"),
            ("question", "**Myth:** It is old."),
            ("item", "It is fresh."),
            ("question", "Myth: It is dear"),
            ("item", "It is cheap."),
        ]

    def test_a_fact_without_a_myth_keeps_its_key(self) -> None:
        assert roles("It is a myth that milk is bad.\n\nFact: Milk is good, and most people can drink it.") == [
            ("prose", "It is a myth that milk is bad."),
            ("prose", "Fact: Milk is good, and most people can drink it."),
        ]

    def test_is_myth(self) -> None:
        myths = [
            "Myth: a",
            "**Myth:** a",
            "MYTH 3. a",
            "Myth #2 – a",
            "Misconception: a",
            "1. Myth: a",
            "A popular myth: a",
        ]
        others = [
            "Is it a myth that milk is bad?",
            "Myth or fact?",
            "Myths",
            "Myth-busting: a",
            "No myth: a",
            "Mythical: a",
        ]
        assert [text for text in myths + others if is_myth(text)] == myths


class TestCapitals:
    def test_a_line_in_capitals_heads_the_prose_below_it(self) -> None:
        text = (
            "Running by numbers\n\nMAX HEART RATE\n220 minus age is off. Use a hill test.\n\n"
            "THE 80/20 SPLIT\nRun 80% of your time easy.\nWHAT ABOUT SHOES?\nReplace them.\n\nLONG RUN:\nNo more than 30%.\n\n"
            "WEEK 1: BASE PHASE\nRun as you like."
        )
        assert [words for role, words in roles(text) if role in ("heading", "question")] == [
            "Running by numbers", "MAX HEART RATE", "THE 80/20 SPLIT", "WHAT ABOUT SHOES?", "LONG RUN:",
            "WEEK 1: BASE PHASE",
        ]  # fmt: skip
        assert ("prose", "220 minus age is off.") in roles(text)

    def test_under_marked_headings_it_opens_a_section_of_theirs(self) -> None:
        text = "# Run\n\n## Numbers\n\nSome.\n\nCADENCE\n180 is not magic.\n\nMAX HEART RATE\n\nIt is off.\n\n## Next\n\nEnd."
        assert headings(text) == [
            (1, "Run"), (2, "Numbers"), (3, "CADENCE"), (3, "MAX HEART RATE"), (2, "Next"),
        ]  # fmt: skip

    def test_a_heading_as_wide_as_the_text_is_no_part_of_it(self) -> None:
        text = "It is so.\n\nTHE COMPLETE INTRODUCTION TO WARMING UP BEFORE SQUATTING\nWarm up well. Then lift as you like."
        assert ("heading", "THE COMPLETE INTRODUCTION TO WARMING UP BEFORE SQUATTING") in roles(text)

    @pytest.mark.parametrize(
        "text",
        [
            "The test is set by two bodies in the United States, the\nNSCA ACSM\nand by nobody else.",
            "The bodies that set the test are few, and among them are\nNSCA ACSM\nBoth are in the United States of America.",
            "DO NOT LIFT ALONE.\nIt is not safe to do so.",
            "It has begun.\n\nGO\nIt is on, and everybody is at it today.",
            "THIS IS ALL\nIN CAPITALS AND IT\nHAS BEEN SO\nSINCE THE TELEX.",
            "HOME   TRAINING   SHOP\nIt is a menu of some kind, you see.",
            "It is so.\n\nFORCE: PUSH\nIt is a push, as everybody can see.",
            "ADVERTISEMENT\nIt is a lie that you need to buy this.",
            "It is so.\n\nTHIS IS A LINE IN CAPITALS THAT HAS TOO MANY WORDS\nIt is text.",
        ],
    )
    def test_other_lines_in_capitals_are_no_headings(self, text: str) -> None:
        assert "heading" not in [role for role, _ in roles(text)]


class TestMarkdown:
    def test_headings(self) -> None:
        text = "# One #\n\nText here.\n\nTwo\n---\n\nMore text.\n\n### Three\n\nEnd."
        assert headings(text) == [(1, "One"), (2, "Two"), (3, "Three")]

    def test_bare_lines_are_no_headings_where_headings_are_marked(self) -> None:
        text = "# One\n\nA short line\n\nText here, which is longer.\n\n## Two\n\nText."
        assert headings(text) == [(1, "One"), (2, "Two")]

    def test_front_matter_is_furniture(self) -> None:
        text = "---\ntitle: Squat\ntags:\n  - legs\n---\n\n# Squat\n\nA push."
        assert kinds(text) == [Kind.FRONT_MATTER, Kind.HEADING, Kind.PARAGRAPH]
        assert {role for role, _ in roles(text)[:5]} == {"furniture"}

    def test_a_rule_at_the_top_is_no_front_matter(self) -> None:
        assert kinds("---\n\nA squat is a push.\n\n---\n\nA row is a pull.")[1] is Kind.PARAGRAPH

    def test_facts_in_bullets(self) -> None:
        assert roles("- Force: push\n- **Mechanic:** compound\n- Muscles: glutes, hamstrings, lower back") == [
            ("fact", "Force: push"),
            ("fact", "**Mechanic:** compound"),
            ("fact", "Muscles: glutes, hamstrings, lower back"),
        ]

    def test_a_claim_with_its_yes_or_no_is_a_fact_wherever_it_stands(self) -> None:
        assert roles("Rye rises well.\n\nSalt kills the yeast in any dough: no") == [
            ("prose", "Rye rises well."),
            ("fact", "Salt kills the yeast in any dough: no"),
        ]
        assert roles("We asked and all of them told us the same: no.") == [
            ("prose", "We asked and all of them told us the same: no.")
        ]

    def test_wrapped_lines_are_one_sentence(self) -> None:
        text = dedent("""\
            The hip thrust is a push because the hips extend against
            a load. It is trained with a barbell across the hips and
            the back on a bench.
            """)
        assert [words.count("\n") for _, words in roles(text)] == [1, 1]

    def test_lines_that_are_not_wrapped_stand_alone(self) -> None:
        assert [words for _, words in roles("Opening Brief\nReply Brief\nOral Argument")] == [
            "Opening Brief",
            "Reply Brief",
            "Oral Argument",
        ]

    def test_two_keys_with_their_values_are_two_lines_however_long_the_first(self) -> None:
        lines = ["One tin of rye keeps its strength for many months: no", "Stale bread can be baked again: yes"]
        assert [words for _, words in roles("\n".join(lines))] == lines

    def test_loose_and_nested_lists_are_one_block(self) -> None:
        text = "- One\n\n  More of one.\n- Two\n  - Inner two\n\n- Three\n"
        blocks = read_structure(text)
        assert [b.kind for b in blocks] == [Kind.LIST]
        assert [text[s.start : s.end] for s in blocks[0].sentences] == [
            "One",
            "More of one.",
            "Two",
            "Inner two",
            "Three",
        ]

    def test_numbers_that_start_again_are_another_list(self) -> None:
        assert kinds("1. One\n2. Two\n\n\n1. Other\n2. Another\n") == [Kind.LIST, Kind.LIST]

    def test_an_entry_above_its_own_list_leads_in(self) -> None:
        assert roles("- Do:\n  - this\n  - that\n- Rest") == [
            ("lead-in", "Do:"),
            ("item", "this"),
            ("item", "that"),
            ("item", "Rest"),
        ]

    def test_a_short_line_right_above_a_list_leads_in(self) -> None:
        assert roles("Steps to follow\n1. One\n2. Two")[0] == ("lead-in", "Steps to follow")

    def test_bold_lines_are_headings_and_questions(self) -> None:
        assert roles("# T\n\n**Setup**\n\nStand up.\n\n**Why?**\n\nSo.")[1:] == [
            ("heading", "Setup"),
            ("prose", "Stand up."),
            ("question", "Why?"),
            ("prose", "So."),
        ]

    def test_table(self) -> None:
        text = "| Lift | Force |\n|---|---|\n| Squat | push |\n| Row | pull |\n"
        assert roles(text) == [
            ("lead-in", "Lift | Force"),
            ("furniture", "|---|---|"),
            ("row", "Squat | push"),
            ("row", "Row | pull"),
        ]

    def test_quote_and_code(self) -> None:
        text = "> A push\n> is a push.\n\n```\nload = 5\n```\n"
        assert roles(text) == [
            ("prose", "A push\n> is a push."),
            ("furniture", "```"),
            ("prose", "load = 5"),
            ("furniture", "```"),
        ]

    def test_an_open_fence_does_not_swallow_the_rest(self) -> None:
        assert ("prose", "A squat is a push.") in roles("```\n\nA squat is a push.\n\n# Next\n\nMore.")

    def test_a_question_heading_is_a_question(self) -> None:
        text = (
            "# Squat\n\nText.\n\n## FAQ\n\n**Is it a push?**\n\nYes.\n\n### Is it hard?\n\nNo.\n\n## Is it old?\n\nYes."
        )
        assert headings(text)[1:] == [(2, "FAQ"), (3, "Is it a push?"), (3, "Is it hard?"), (2, "Is it old?")]

    @pytest.mark.parametrize(
        "line",
        ["![A squat](squat.png)", "<!-- note -->", "***", "<br>", "[1]: https://example.org", "https://example.org/x"],
    )
    def test_furniture(self, line: str) -> None:
        assert roles(f"A squat is a push.\n\n{line}\n\nA row is a pull.")[1] == ("furniture", line)

    def test_wiki_headings(self) -> None:
        assert headings(" = Squat = \n Text here . \n = = Form = = \n More text . ") == [(1, "Squat"), (2, "Form")]


LINES = st.sampled_from(
    [
        *("# One", "## Two?", "Three", "A short line", "Is it a push?", "It is: ", "It helps:", "FAQ", "# ", "= a ="),
        *("- item", "  - inner: x", "•", "- ", "1. Step one. Two.", "7) seven", "1.", "Force: push", "title: x"),
        *("| a | b |", "|---|---|", "a\tb", "> quoted", ">", "```", "---", "===", "***", "<!-- x", "-->", "<b>"),
        *("By Sam 5 min read", "Text that goes on for a good while, and ends here.", "lower case line", "e.g."),
        *(
            "Q: What?",
            "A: That.",
            "Myth: x.",
            "- Myth: y",
            "Truth: z",
            "MAX RATE",
            "Q: One. Two? A: Yes.",
            "\u00a0",
            "😀",
            "\x0b",
            "\u2028x",
            "   ",
            "",
            "",
            "",
            "",
        ),
    ]
)


def letters(text: str) -> str:
    """What no mark is made of; Q, A and Truth are, before a colon."""
    return "".join(char for char in text.replace("Truth:", "") if char.isalpha() and char not in "QA")


@given(st.lists(LINES, max_size=25).map("\n".join))
def test_every_block_has_sentences_and_nothing_is_lost(text: str) -> None:
    blocks = read_structure(text)
    sentences = [s for block in blocks for s in block.sentences]
    assert all(block.sentences for block in blocks)
    assert all(text[s.start : s.end].strip() == text[s.start : s.end] != "" for s in sentences)
    assert all(a.end <= b.start for a, b in pairwise(sentences))
    assert all(0 <= b.block - a.block <= 1 for a, b in pairwise(sentences))
    assert bool(sentences) == bool(text.strip())
    assert letters("".join(text[s.start : s.end] for s in sentences)) == letters(text)
