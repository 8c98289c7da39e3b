/// One position of a row: its name, the values allowed there, and when it means anything.
package struct Gene: Sendable, Equatable {
  /// A gene is alive while the gene it looks at has one of these values.
  package struct Condition: Sendable, Equatable {
    package let gene: Int
    package let values: [Int32]

    package init(gene: Int, values: [Int32]) {
      self.gene = gene
      self.values = values
    }
  }

  package let name: String
  /// Every value an architecture may have here.
  package let choices: [Int32]
  /// The choices that sampling, mutation and search draw from; their first is what the
  /// gene holds while it is dead.
  package let drawn: [Int32]
  /// What text writes for each choice; nil: the number.
  package let labels: [String]?
  /// All must hold for the gene to be alive.
  package let conditions: [Condition]

  package init(
    name: String, choices: [Int32], drawn: [Int32]? = nil, labels: [String]? = nil,
    conditions: [Condition] = []
  ) {
    self.name = name
    self.choices = choices
    self.drawn = drawn ?? choices
    self.labels = labels
    self.conditions = conditions
  }

  /// What a dead gene holds.
  package var idle: Int32 { drawn.first ?? 0 }

  /// How text writes a choice.
  func text(ofChoice choice: Int) -> String { labels.map { $0[choice] } ?? "\(choices[choice])" }

  /// "0...4" where the choices are consecutive, "3, 5, 7" where not.
  package var allowed: String {
    guard let first = choices.first, let last = choices.last else { return "nothing" }
    return choices.isRun && choices.count > 2
      ? "\(first)...\(last)" : choices.map(String.init).joined(separator: ", ")
  }
}

extension [Int32] {
  /// Whether each is one more than the one before it.
  var isRun: Bool { zip(self, dropFirst()).allSatisfy { Int($0) + 1 == Int($1) } }
}
