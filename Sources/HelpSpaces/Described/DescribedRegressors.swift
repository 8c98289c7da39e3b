/// What the linear predictors read of a described space: its costs, what each choice costs, how
/// often it is made, and where.
struct DescribedRegressors: Sendable {
  /// The costs that are told apart by choice, of those that the space knows.
  private static let byChoice = ["macs", "activations"]

  private let costs: DescribedCosts
  private let kinds: [GeneKind]
  /// Of each gene's first choice, among the choices of all kinds.
  private let kindPlaces: [Int]
  /// Of each gene's first choice, among the choices of all genes.
  private let genePlaces: [Int]
  /// Choices of all kinds.
  private let kindChoices: Int
  let groups: [RegressorGroup]

  init(_ costs: DescribedCosts) {
    self.costs = costs
    kinds = costs.genes.kinds
    var kindPlaces = [Int](repeating: 0, count: costs.genes.count)
    var kindChoices = 0
    for kind in kinds {
      for gene in kind.genes { kindPlaces[gene] = kindChoices }
      kindChoices += kind.sample.choices.count
    }
    var genePlaces: [Int] = []
    var choices = 0
    for gene in costs.genes {
      genePlaces.append(choices)
      choices += gene.choices.count
    }
    let names = costs.statedNames
    let told = Self.byChoice.count { names.contains($0) }
    groups =
      [
        RegressorGroup("costs", names.count + costs.further.count),
        RegressorGroup("cost_by_choice", told * kindChoices),
        RegressorGroup("counts", kindChoices), RegressorGroup("one_hot", choices),
      ].filter { $0.count > 0 }
    (self.kindPlaces, self.genePlaces, self.kindChoices) = (kindPlaces, genePlaces, kindChoices)
  }

  /// Writes all groups where the genes have these choices, -1 for dead ones.
  func write(_ choices: [Int], to target: UnsafeMutablePointer<Double>) {
    target.update(repeating: 0, count: groups.reduce(0) { $0 + $1.count })
    var rest = target
    rest += writeCosts(choices, to: rest)
    rest += addCostsByChoice(choices, to: rest)
    for (gene, choice) in choices.enumerated() where choice >= 0 {
      rest[kindPlaces[gene] + choice] += 1
      rest[kindChoices + genePlaces[gene] + choice] = 1
    }
  }

  /// Returns how many there are.
  private func writeCosts(_ choices: [Int], to target: UnsafeMutablePointer<Double>) -> Int {
    let sums = costs.layerSums(choices)
    let names = costs.statedNames
    for (place, name) in names.enumerated() {
      target[place] = costs.terms.isEmpty ? costs.tabulated(name, choices) ?? 0 : sums[place]
    }
    costs.writeFurther(choices, sums, to: target + names.count)
    return names.count + costs.further.count
  }

  /// Adds to each choice of a kind what the layers cost in which a living gene of that kind with
  /// that choice takes part, or the number of its table. Returns how many numbers there are.
  private func addCostsByChoice(
    _ choices: [Int], to target: UnsafeMutablePointer<Double>
  ) -> Int {
    guard costs.terms.isEmpty else {
      for term in costs.terms { add(term, choices, to: target) }
      return Self.byChoice.count * kindChoices
    }
    var place = 0
    for name in Self.byChoice {
      guard let table = costs.tables.first(where: { $0.name == name }) else { continue }
      for (gene, numbers) in table.terms where choices[gene] >= 0 {
        target[place + kindPlaces[gene] + choices[gene]] += numbers[choices[gene]]
      }
      place += kindChoices
    }
    return place
  }

  private func add(
    _ term: CostTerm, _ choices: [Int], to target: UnsafeMutablePointer<Double>
  ) {
    let numbers = term.numbers(choices)
    let (macs, activations) = (numbers[0], numbers[2])
    for (number, gene) in term.read.enumerated() where choices[gene] >= 0 {
      let place = kindPlaces[gene] + choices[gene]
      // A layer counts once, however many genes of a kind make the same choice in it.
      let isCounted = term.read[..<number].contains {
        choices[$0] == choices[gene] && kindPlaces[$0] == kindPlaces[gene]
      }
      if isCounted { continue }
      target[place] += macs
      target[kindChoices + place] += activations
    }
  }
}
