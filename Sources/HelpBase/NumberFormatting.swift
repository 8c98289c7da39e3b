/// Numbers in messages: to be read, not to be computed with.
extension Double {
  /// As many significant digits as messages have.
  private static var briefDigits: Int { 6 }

  /// Six significant digits or, without what is behind the point, all of a whole number's:
  /// "0.3", "12.3457", "15694336", "1.5e-07".
  package var brief: String { rounded(digits: Self.briefDigits).plain }

  /// The same, with more digits if they are needed to tell this number from those that it is
  /// compared with: "1.0000001" next to 1.
  package func brief(unlike others: Double...) -> String {
    rounded(digits: digits(unlike: others)).plain
  }

  /// The same, and never below the number: a limit that is read off a message holds.
  package func briefUp(unlike others: Double...) -> String {
    roundedUp(digits: digits(unlike: others)).plain
  }

  package func brief(digits: Int) -> String { rounded(digits: digits).plain }

  /// "1.0000001, not 0...1".
  package func outside(_ range: ClosedRange<Double>) -> String {
    let (lower, upper) = (range.lowerBound, range.upperBound)
    return "\(brief(unlike: lower, upper)), not \(lower.brief)...\(upper.brief)"
  }

  private func digits(unlike others: [Double]) -> Int {
    let tells = { (digits: Int) in
      others.allSatisfy { $0 == self || $0.rounded(digits: digits) != self.rounded(digits: digits) }
    }
    return (Self.briefDigits...Self.allDigits).first(where: tells) ?? Self.allDigits
  }
}

// MARK: - Rounding to decimal digits

extension Double {
  /// Enough significant digits to read back every double exactly.
  private static var allDigits: Int { 17 }

  /// The nearest number with this many significant digits; digits before the point all stay.
  private func rounded(digits: Int) -> Double {
    scaled(digits: digits) { number, unit in (number * unit).rounded() / unit }
  }

  private func roundedUp(digits: Int) -> Double {
    scaled(digits: digits) { number, unit in
      let nearest = (number * unit).rounded()
      return nearest / unit >= number ? nearest / unit : (nearest + 1) / unit
    }
  }

  /// `round` of the number and the power of ten that brings these digits before the point.
  private func scaled(digits: Int, _ round: (Double, Double) -> Double) -> Double {
    // Doubles have 15 digits that survive a product and a quotient.
    guard isFinite, self != 0, digits <= 15 else { return self }
    // "1.2345678e-09": only the digits are rounded, as 10 to the 15th and more is not exact.
    let parts = "\(self)".split(separator: "e")
    if parts.count == 2, let mantissa = Double(parts[0]) {
      return Double("\(mantissa.scaled(digits: digits, round))e\(parts[1])") ?? self
    }
    var unit = 1.0
    while abs(self) * unit < Self.power(of: digits - 1) { unit *= 10 }
    return round(self, unit)
  }

  private static func power(of exponent: Int) -> Double {
    (0..<exponent).reduce(1) { product, _ in product * 10 }
  }

  /// Swift's shortest text, without ".0".
  private var plain: String {
    let text = "\(self)"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
}
