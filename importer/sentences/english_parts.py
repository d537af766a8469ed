"""Parts of what is said of a row and of its cells, in English.

A key is `part/` and what the part is about: the address of an image, rules that cannot
be read or expressed, what products are called by. Only texts. Invariant: every
parameter of a template is given wherever it is said (a test puts them together).
"""

from __future__ import annotations

from importer.sentences.catalogue import Sentence

#: Words of others that stand in sentences, and that other languages have words for:
#: those of Python's reader of JSON, and of rules.
WORDS = (
    "Expecting value",
    "Expecting property name enclosed in double quotes",
    "Expecting ':' delimiter",
    "Expecting ',' delimiter",
    "Illegal trailing comma before end of object",
    "Illegal trailing comma before end of array",
    "Unterminated string starting at",
    "Invalid control character at",
    "Invalid \\escape",
    "Invalid \\uXXXX escape",
    "Extra data",
    "title",
    "variant title",
    "price",
    "inventory",
)

UNSEEN = "{count:plural:a character|characters} that cannot be seen"
IN_FULL = "Write it in full, for example https://example.com/shoes.png."
NO_SPACES = "Write it without spaces: a space in an address is %20."
NOT_UNSEEN = f"It holds {UNSEEN} ({{characters:listed}}): copy it anew."

PARTS = {
    # what a line of failed.csv is marked with
    "part/first_product_alone": Sentence(
        "This is the first of its products alone: correct the input itself."
    ),
    "part/delete_mark": Sentence("Then delete {mark} at the end of this line."),
    # what stands for a value that is none
    "part/blank": Sentence("a blank"),
    # where a text stops making sense
    "part/character": Sentence("character {character}"),
    "part/character_of_line": Sentence("line {line}, character {character}"),
    # what is wrong with the address of an image
    "part/image_in_full": Sentence(IN_FULL),
    "part/image_spaces": Sentence(NO_SPACES),
    "part/image_unseen": Sentence(NOT_UNSEEN),
    # what is wrong with rules that are JSON
    "part/condition_no_object": Sentence(
        "Condition {number} is not an object in braces."
    ),
    "part/logic_unknown": Sentence("The logic is {logic}, not AND or OR."),
    "part/logic_missing": Sentence("The rules lack logic."),
    "part/conditions_missing": Sentence("The rules lack conditions."),
    "part/conditions_empty": Sentence("The list of conditions is empty."),
    "part/conditions_no_list": Sentence("The conditions are not a list."),
    "part/rules_deep": Sentence("The rules are nested too deep."),
    "part/rules_no_object": Sentence("The rules are not a JSON object."),
    # what is wrong with rules in words, or of a shop
    "part/rules_mixed": Sentence(
        "AND and OR are mixed; HighLevel knows one of them for a collection."
    ),
    "part/rules_run_on": Sentence(
        '"{text}" looks like two conditions: AND or OR goes between them in capitals; '
        "a value with such words goes into quotation marks."
    ),
    "part/no_condition": Sentence('"{text}" is no condition.'),
    "part/rule_set_no_list": Sentence(
        "this is no ruleSet, for it has no list of rules."
    ),
    "part/rule_set_no_object": Sentence("a rule among them is no object."),
    "part/rule_incomplete": Sentence("a rule among them lacks its column or relation."),
    "part/logic_unclear": Sentence(
        "{column} is {text}, which does not say whether all of the conditions or any "
        "of them have to be met."
    ),
    "part/rules_no_list": Sentence("this is no list of rules."),
    "part/no_packed_rule": Sentence(
        "{text} is no rule; a rule is a column, a relation and a condition."
    ),
    # why HighLevel cannot express a rule
    "part/rule_field": Sentence(
        "A smart collection there looks at the title, the variant title, the price "
        "and the inventory only."
    ),
    "part/rule_operator": Sentence(
        "The {field:word} can be compared by {ways:listed} only."
    ),
    "part/rule_value_missing": Sentence(
        "It does not say what the {field:word} is compared with."
    ),
    "part/rule_number": Sentence(
        "The {field:word} is compared with a plain number such as 49.90."
    ),
    "part/reasons": Sentence("{reasons:sentences}"),
    "part/rules": Sentence("{rules:quoted}"),
    # what products are called by
    "part/product_skus": Sentence("SKU"),
    "part/product_names": Sentence("name"),
    "part/product_handles": Sentence("handle"),
    # what reading JSON would lose
    "part/key_twice": Sentence(
        "The key {lost} stands twice, and only one of them would count."
    ),
    "part/digits_lost": Sentence("The number {lost} has more digits than are kept."),
    # what keeps an empty row of a corrected copy refused
    "part/nothing_known": Sentence(
        "This row fills none of the columns that are known."
    ),
}
