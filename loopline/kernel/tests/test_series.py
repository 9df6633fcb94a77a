"""Running numbers never meet those that came from elsewhere."""

from loopline.kernel import series


def test_a_series_goes_on_behind_what_came_and_is_not_led_away(door):
    with door("admin"):
        assert list(series.take("parcel", 2, prefix="P")) == [1, 2]
        series.go_past("parcel", ["P00000041", "Q00000099", "P-7", "", "P3900000001"], prefix="P")
        assert list(series.take("parcel", prefix="P")) == [42]
        series.go_past("parcel", ["P00000007"], prefix="P")
        assert list(series.take("parcel", prefix="P")) == [43]
