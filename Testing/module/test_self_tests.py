"""The module's own tests, which a real Slicer runs too, in the host."""


def test_own_tests_pass_in_a_row(panel, caplog):
    from CCFNetSlicer import CCFNetSlicerTest

    caplog.set_level("INFO")
    CCFNetSlicerTest().runTest()
    assert caplog.messages[-1] == "All tests passed"
