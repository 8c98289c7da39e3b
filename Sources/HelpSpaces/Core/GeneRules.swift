/// The choices and conditions of a space's genes in flat arrays: what checking rows goes by,
/// which every call from outside begins with, and what searches make new rows by.
final class GeneRules: Sendable, Equatable {
  struct Choices: Sendable, Equatable {
    /// Of `values`.
    let start, end: Int
    /// The values are all from the first to the last.
    let isRun: Bool
  }

  struct Condition: Sendable, Equatable {
    let gene: Int
    let start, end: Int
  }

  struct Conditional: Sendable, Equatable {
    let gene: Int
    let idle: Int32
  }

  let values: [Int32]
  private let choices: [Choices]
  /// What searches draw from.
  let drawn: [Choices]
  private let conditions: [Condition]
  /// Those of each gene.
  private let places: [Range<Int>]
  let conditionals: [Conditional]

  var hasConditions: Bool { !conditionals.isEmpty }

  /// - conditional: the genes with conditions, each after those it looks at.
  init(_ genes: [Gene], conditional: [Int]) {
    var values: [Int32] = []
    func add(_ more: [Int32]) -> (start: Int, end: Int) {
      values += more
      return (values.count - more.count, values.count)
    }
    func addChoices(_ more: [Int32]) -> Choices {
      let (start, end) = add(more)
      return Choices(start: start, end: end, isRun: more.isRun)
    }
    choices = genes.map { addChoices($0.choices) }
    drawn = genes.map { addChoices($0.drawn) }
    var conditions: [Condition] = []
    places = genes.map { gene in
      let first = conditions.count
      for condition in gene.conditions {
        let (start, end) = add(condition.values)
        conditions.append(Condition(gene: condition.gene, start: start, end: end))
      }
      return first..<conditions.count
    }
    conditionals = conditional.map { Conditional(gene: $0, idle: genes[$0].idle) }
    self.values = values
    self.conditions = conditions
  }

  static func == (one: GeneRules, other: GeneRules) -> Bool {
    one.values == other.values && one.choices == other.choices && one.drawn == other.drawn
      && one.conditions == other.conditions && one.places == other.places
      && one.conditionals == other.conditionals
  }

  /// The place of the first gene that is outside its choices, in whole rows.
  func firstBadPlace(_ rows: [Int32]) -> Int? {
    rows.withUnsafeBufferPointer { rows in
      values.withUnsafeBufferPointer { values in
        choices.withUnsafeBufferPointer { choices in
          for place in rows.indices {
            let gene = choices[place % choices.count]
            let value = rows[place]
            if gene.isRun {
              if value < values[gene.start] || value > values[gene.end - 1] { return place }
            } else if !(gene.start..<gene.end).contains(where: { values[$0] == value }) {
              return place
            }
          }
          return nil
        }
      }
    }
  }

  /// Gives the dead genes of whole rows their idle values.
  func canonicalize(_ rows: inout [Int32]) {
    let width = choices.count
    rows.withUnsafeMutableBufferPointer { rows in
      for start in stride(from: 0, to: rows.count, by: width) {
        let row = UnsafeBufferPointer(rebasing: rows[start..<(start + width)])
        for gene in conditionals where !isAlive(gene.gene, in: row) {
          rows[start + gene.gene] = gene.idle
        }
      }
    }
  }

  /// Whether all conditions of a gene hold in a canonical row.
  func isAlive(_ gene: Int, in row: UnsafeBufferPointer<Int32>) -> Bool {
    for place in places[gene] {
      let condition = conditions[place]
      let value = row[condition.gene]
      if !(condition.start..<condition.end).contains(where: { values[$0] == value }) {
        return false
      }
    }
    return true
  }

  /// For each gene of a canonical row the number of its choice, or -1 while it is dead.
  func choices(in row: UnsafeBufferPointer<Int32>) -> [Int] {
    values.withUnsafeBufferPointer { values in
      choices.indices.map { gene in
        guard isAlive(gene, in: row) else { return -1 }
        let own = choices[gene]
        if own.isRun { return Int(row[gene]) - Int(values[own.start]) }
        return (own.start..<own.end).firstIndex { values[$0] == row[gene] }
          .map { $0 - own.start } ?? -1
      }
    }
  }
}
