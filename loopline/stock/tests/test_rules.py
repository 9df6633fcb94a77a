"""What a number is worth, and which keys are sound."""

import pytest

from loopline.stock.rules import keys
from loopline.stock.rules.patterns import Worth, find_pattern, is_birthday


@pytest.mark.parametrize(
    ("number", "pattern", "worth"),
    [
        ("13800088888", "AAAAA", Worth.TOP),
        ("13801238888", "AAAA", Worth.TOP),
        ("13801233333", "AAAAA", Worth.TOP),
        ("13801234444", "AAAA", Worth.SECOND),
        ("13801222777", "AAABBB", Worth.FIRST),
        ("13805112233", "AABBCC", Worth.FIRST),
        ("13805121212", "ABABAB", Worth.FIRST),
        ("13812371237", "ABCDABCD", Worth.FIRST),
        ("13801123123", "ABCABC", Worth.SECOND),
        ("13801357666", "AAA", Worth.FIRST),
        ("13801357111", "AAA", Worth.SECOND),
        ("13801352277", "AABB", Worth.SECOND),
        ("13801352288", "AABB", Worth.SECOND),
        ("13801356688", "AABB", Worth.FIRST),
        ("13801352727", "ABAB", Worth.SECOND),
        ("13801352772", "ABBA", Worth.THIRD),
        ("13805356789", "ABCDE", Worth.FIRST),
        ("13801976543", "ABCDE", Worth.SECOND),
        ("13801351314", "saying", Worth.THIRD),
        ("13819900512", "birthday", Worth.THIRD),
        ("13801352966", "AA", Worth.PLAIN),
        ("13801352971", "", Worth.PLAIN),
    ],
)
def test_the_best_pattern_at_the_end_of_a_number(number, pattern, worth):
    found = find_pattern(number)
    assert (found.pattern, found.worth) == (pattern, worth)


def test_a_birthday_is_a_day_on_which_a_caller_was_born():
    assert is_birthday("19900228")
    assert not is_birthday("19900230")
    assert not is_birthday("18991231")
    assert not is_birthday("1990022")


def test_check_digits():
    assert keys.luhn_is_right("8986001234567890123" + "3") == keys.luhn_is_right("89860012345678901233")
    assert keys.with_check_digit("35209900176148") == "352099001761481"
    assert keys.tidy_imei("35-209900-176148-1") == "352099001761481"
    assert keys.tidy_imei("35209900176148") == "352099001761481"
    assert keys.tidy_imei("x") is None
    assert keys.tidy_iccid("8986 0012 3456 7890 123F") == "8986001234567890123"
    assert keys.tidy_iccid("1234") is None
    assert keys.tidy_imsi("460001234567890") == "460001234567890"
    assert keys.tidy_imsi("46000") is None
