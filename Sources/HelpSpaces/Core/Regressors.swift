/// Numbers of which latency is nearly a weighted sum, with weights of about one size: what
/// the linear predictors read.
package struct RegressorGroup: Sendable, Equatable {
  package let name: String
  package let count: Int
  /// Whether on many devices latency is a sum over these numbers and no others.
  package let standsAlone: Bool

  package init(_ name: String, _ count: Int, standsAlone: Bool = false) {
    self.name = name
    self.count = count
    self.standsAlone = standsAlone
  }
}

/// The columns that regressors are written to, declared group by group: every space says by it
/// what its groups are and where each of its numbers goes. Groups are stored in files by their
/// columns' order.
struct RegressorLayout {
  private(set) var groups: [RegressorGroup] = []
  /// Columns of all groups.
  private(set) var count = 0

  /// A group with a column for each case of `Name`.
  mutating func add<Name: ColumnName>(
    _ group: String, _ names: Name.Type, standsAlone: Bool = false
  ) -> Columns<Name> {
    Columns(start: add(group, names.count, standsAlone))
  }

  /// A group with a column for each of `items` under each case of `Name`.
  mutating func add<Name: ColumnName>(
    _ group: String, _ names: Name.Type, each items: Int
  ) -> ItemColumns<Name> {
    ItemColumns(start: add(group, names.count * items, false), nameStride: items, itemStride: 1)
  }

  /// A group with a column for each case of `Name` for each of `items`.
  mutating func add<Name: ColumnName>(
    _ group: String, for items: Int, _ names: Name.Type
  ) -> ItemColumns<Name> {
    ItemColumns(
      start: add(group, items * names.count, false), nameStride: 1, itemStride: names.count)
  }

  /// A group with a column for each choice of genes that have equally many.
  mutating func addOneHot(_ group: String, genes: Int, choices: Int) -> OneHotColumns {
    OneHotColumns(start: add(group, genes * choices, false), choices: choices)
  }

  /// Where the group's columns begin.
  private mutating func add(_ group: String, _ columns: Int, _ standsAlone: Bool) -> Int {
    groups.append(RegressorGroup(group, columns, standsAlone: standsAlone))
    count += columns
    return count - columns
  }
}

/// Names of columns, in their order.
protocol ColumnName: RawRepresentable<Int>, CaseIterable {}

extension ColumnName {
  static var count: Int { allCases.count }
}

/// The places of one group's columns.
struct Columns<Name: ColumnName> {
  fileprivate let start: Int

  subscript(name: Name) -> Int { start + name.rawValue }
}

/// The places of a group's columns of which each item has one of every name.
struct ItemColumns<Name: ColumnName> {
  fileprivate let start, nameStride, itemStride: Int

  subscript(name: Name, item: Int) -> Int {
    start + name.rawValue * nameStride + item * itemStride
  }
}

/// The places of a column for each choice of each gene.
struct OneHotColumns {
  fileprivate let start, choices: Int

  subscript(gene: Int, choice: Int) -> Int { start + gene * choices + choice }
}
