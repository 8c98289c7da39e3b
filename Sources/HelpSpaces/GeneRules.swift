/// The choices and conditions of a space's genes in flat arrays: what checking rows goes by,
/// which every call from outside begins with.
final class GeneRules: Sendable, Equatable {
  private struct Choices: Sendable, Equatable {
    /// Of `values`.
    let start, end: Int
    /// The values are all from the first to the last.
    let isRun: Bool
  }

  private struct Condition: Sendable, Equatable {
    let gene: Int
    let start, end: Int
  }

  private struct Conditional: Sendable, Equatable {
    let gene: Int
    let idle: Int32
    /// Of `conditions`.
    let start, end: Int
  }

  private let values: [Int32]
  private let choices: [Choices]
  private let conditions: [Condition]
  private let conditionals: [Conditional]

  var hasConditions: Bool { !conditionals.isEmpty }

  /// - conditional: the genes with conditions, each after those it looks at.
  init(_ genes: [Gene], conditional: [Int]) {
    var values: [Int32] = []
    func add(_ more: [Int32]) -> (start: Int, end: Int) {
      values += more
      return (values.count - more.count, values.count)
    }
    choices = genes.map { gene in
      let (start, end) = add(gene.choices)
      let isRun = zip(gene.choices, gene.choices.dropFirst()).allSatisfy { Int($0) + 1 == Int($1) }
      return Choices(start: start, end: end, isRun: isRun)
    }
    var conditions: [Condition] = []
    conditionals = conditional.map { gene in
      let first = conditions.count
      for condition in genes[gene].conditions {
        let (start, end) = add(condition.values)
        conditions.append(Condition(gene: condition.gene, start: start, end: end))
      }
      return Conditional(
        gene: gene, idle: genes[gene].idle, start: first, end: conditions.count)
    }
    self.values = values
    self.conditions = conditions
  }

  static func == (one: GeneRules, other: GeneRules) -> Bool {
    one.values == other.values && one.choices == other.choices
      && one.conditions == other.conditions && one.conditionals == other.conditionals
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
        for gene in conditionals where !holds(gene, rows, start) {
          rows[start + gene.gene] = gene.idle
        }
      }
    }
  }

  private func holds(
    _ gene: Conditional, _ rows: UnsafeMutableBufferPointer<Int32>, _ start: Int
  ) -> Bool {
    for place in gene.start..<gene.end {
      let condition = conditions[place]
      let value = rows[start + condition.gene]
      if !(condition.start..<condition.end).contains(where: { values[$0] == value }) {
        return false
      }
    }
    return true
  }
}
