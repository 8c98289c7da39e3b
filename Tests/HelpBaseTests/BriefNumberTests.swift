@testable import HelpBase
import HelpNumerics
import Testing

@Suite struct BriefNumberTests {
  @Test(arguments: [
    (0.1 + 0.2, "0.3"), (0.30000000000000004, "0.3"), (12.345678901234567, "12.3457"),
    (1, "1"), (0.5, "0.5"), (-2.5, "-2.5"), (0, "0"), (999_999.5, "1000000"),
    (123_456_789.6, "123456790"), (15_694_336, "15694336"), (1e300, "1e+300"),
    (1.23456789e-7, "1.23457e-07"), (9.9999999e-5, "0.0001"), (5e-324, "5e-324"),
    (-1.23456789e20, "-1.23457e+20"), (Double.greatestFiniteMagnitude, "1.79769e+308"),
    (.infinity, "inf"), (-.infinity, "-inf"), (.nan, "nan"),
  ])
  func sixDigitsAreShown(_ number: Double, _ text: String) {
    #expect(number.brief == text)
  }

  @Test(arguments: [
    (1.0000001, 1, "1.0000001", "1"), (1, 1.0000001, "1", "1.0000001"),
    (10.83741, 10.83742, "10.83741", "10.83742"), (0.49999999, 0.5, "0.49999999", "0.5"),
    (1.5, 1, "1.5", "1"), (1, 1, "1", "1"), (2.1234567, .infinity, "2.12346", "inf"),
    (1, 1.0000000000000002, "1", "1.0000000000000002"), (5e-324, 0, "5e-324", "0"),
    (.nan, 1, "nan", "1"),
  ])
  func numbersThatDifferAreToldApart(
    _ one: Double, _ other: Double, _ first: String, _ second: String
  ) {
    #expect(one.brief(unlike: other) == first)
    #expect(other.brief(unlike: one) == second)
  }

  @Test(arguments: [
    (11.014897421130527, "11.0149"), (10.83742, "10.8375"), (1.1, "1.1"), (3, "3"),
    (2.0000001, "2.00001"), (1.2345601e-7, "1.23457e-07"), (15_694_336, "15694336"),
  ])
  func roundedUpIsNotBelow(_ number: Double, _ text: String) throws {
    #expect(number.briefUp(unlike: 1) == text)
    #expect(try #require(Double(text)) >= number)
  }

  /// Whatever the size: near to the number, and read back on its upper side.
  @Test func anyNumberIsRounded() throws {
    var random = RandomSource(seed: 6)
    for exponent in -300...300 {
      let number = (1 + random.uniform()) * (Double("1e\(exponent)") ?? .nan)
      let nearest = try #require(Double(number.brief))
      #expect(abs(nearest / number - 1) < 1e-5, "\(number)")
      let above = try #require(Double(number.briefUp(unlike: 0)))
      #expect(above >= number && above / number - 1 < 1.1e-5, "\(number)")
      if exponent < 6 { #expect(number.brief.filter(\.isNumber).count <= 10, "\(number)") }
    }
  }

  @Test func whatIsOutsideSaysOfWhat() {
    #expect(1.0000001.outside(0...1) == "1.0000001, not 0...1")
    #expect((-0.1).outside(0...0.45) == "-0.1, not 0...0.45")
    let error = #expect(throws: HelpError.self) {
      try check(setting: "trim", 0.1 + 0.4, in: 0...0.45)
    }
    #expect(error?.message == "trim is 0.5, not 0...0.45")
  }
}
