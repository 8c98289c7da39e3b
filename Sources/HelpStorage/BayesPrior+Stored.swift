import HelpBase
import HelpJSON
import HelpPredictor
import HelpSpaces

/// The part of method "bayes" in a model file: the key "bayes" and tensors "bayes.*".
extension BayesPrior {
  private static let tensorNames = ["bayes.means", "bayes.scales", "bayes.costs", "bayes.devices"]

  /// The tensors of a file with this description that belong to it; none without "bayes".
  static func tensorNames(in description: JSONReader) -> [String] {
    guard let bayes = description.value["bayes"] else { return [] }
    return tensorNames + (bayes["marks"] == nil ? [] : ["bayes.marks"])
  }

  private static let keys = ["groups", "theta", "devices", "marks", "record"]
  /// Logarithms of variances.
  private static let thetaRange = -50.0...50.0
  private static let maximumDevices = 10_000
  /// Training rows of a device.
  private static let maximumMarks = 1_000_000
  /// None, those of many training devices, or all (B2).
  static func costCounts(_ space: any SearchSpace) -> [Int] {
    [0, RegressorReader.learntCosts, RegressorReader.costs(of: space)]
  }

  /// Nil where the description has no "bayes".
  init?(
    ifIn description: JSONReader, _ tensors: SafeTensors, _ space: any SearchSpace
  ) throws(HelpError) {
    guard description.value["bayes"] != nil else { return nil }
    let bayes = try description.member("bayes")
    try bayes.onlyKeys(Self.keys)
    try Self.check(groups: bayes, space)
    let count = space.regressorGroups.reduce(0) { $0 + $1.count }
    self.init(
      regressors: ScaledRegressors(
        means: try tensors.doubles("bayes.means", shape: [count]),
        scales: try tensors.doubles("bayes.scales", shape: [count]),
        costMeans: try Self.costs(tensors, space)),
      hyperparameters: try Self.hyperparameters(bayes, groups: space.regressorGroups.count),
      devices: try Self.devices(bayes, tensors, columns: 1 + count),
      record: try bayes.member("record").value)
  }

  /// Refuses regressors that are not those of this library's space.
  private static func check(
    groups bayes: JSONReader, _ space: any SearchSpace
  ) throws(HelpError) {
    let names = space.regressorGroups.map { $0.name }
    let stored = try bayes.array("groups")
    for (place, group) in stored.enumerated() {
      let name = try group.string()
      guard place < names.count, names[place] == name else {
        throw HelpError(
          .format,
          "\(group.path) is \"\(name.excerpt)\"; \(space.name) has \(listed(names, like: name))")
      }
    }
    guard stored.count == names.count else {
      throw HelpError(
        .format, "\(bayes.path).groups has \(stored.count) names; \(space.name) has \(names.count)")
    }
  }

  private static func costs(
    _ tensors: SafeTensors, _ space: any SearchSpace
  ) throws(HelpError) -> [Double] {
    let stored = try tensors.shape(of: "bayes.costs")
    let shape =
      costCounts(space).map { [$0] }.first { $0 == stored }
      ?? [RegressorReader.learntCosts]
    let costs = try tensors.doubles("bayes.costs", shape: shape)
    guard costs.allSatisfy({ $0 > 0 }) else {
      throw HelpError(.format, "tensor bayes.costs has a mean that is not above 0")
    }
    return costs
  }

  private static func hyperparameters(
    _ bayes: JSONReader, groups: Int
  ) throws(HelpError) -> Hyperparameters {
    let theta = try bayes.array("theta")
    guard theta.count == 2 + groups else {
      throw HelpError(
        .format, "\(bayes.path).theta has \(theta.count) numbers, not \(2 + groups)")
    }
    var values: [Double] = []
    for number in theta { values.append(try number.number(in: thetaRange)) }
    return Hyperparameters(bias: values[0], differences: values[1], groups: Array(values[2...]))
  }

  private static func devices(
    _ bayes: JSONReader, _ tensors: SafeTensors, columns: Int
  ) throws(HelpError) -> [Device] {
    let names = try bayes.array("devices")
    guard names.count <= maximumDevices else {
      throw HelpError(
        .format, "\(bayes.path).devices has \(names.count) names, not 0...\(maximumDevices)")
    }
    let weights = try tensors.doubles("bayes.devices", shape: [names.count, columns])
    let marks = try marks(bayes, tensors, devices: names.count)
    var devices: [Device] = []
    for (place, name) in names.enumerated() {
      let own = weights[(place * columns)..<((place + 1) * columns)]
      devices.append(Device(name: try name.string(), weights: Array(own), marks: marks[place]))
    }
    return devices
  }

  /// The marks of each device; "marks" says how many each has, and is not there where none has.
  private static func marks(
    _ bayes: JSONReader, _ tensors: SafeTensors, devices: Int
  ) throws(HelpError) -> [[Int32]] {
    guard bayes.value["marks"] != nil else { return [[Int32]](repeating: [], count: devices) }
    var counts: [Int] = []
    for count in try bayes.array("marks") {
      counts.append(try count.integer(in: 0...maximumMarks))
    }
    guard counts.count == devices else {
      throw HelpError(
        .format, "\(bayes.path).marks has \(counts.count) numbers for \(devices) devices")
    }
    let all = try tensors.integers("bayes.marks", shape: [counts.reduce(0, +)])
    var start = 0
    return counts.map { count in
      defer { start += count }
      return Array(all[start..<(start + count)])
    }
  }

  // MARK: Writing

  func description(_ space: any SearchSpace) -> JSONValue {
    let theta = [hyperparameters.bias, hyperparameters.differences] + hyperparameters.groups
    let description: JSONValue = [
      "groups": .strings(space.regressorGroups.map { $0.name }),
      "theta": .array(theta.map(JSONValue.number)),
      "devices": .strings(devices.map { $0.name }),
      "record": record,
    ]
    if !hasMarks { return description }
    let counts = devices.map { JSONValue.integer(Int64($0.marks.count)) }
    return description.adding(["marks": .array(counts)])
  }

  private var hasMarks: Bool { devices.contains { !$0.marks.isEmpty } }

  func write(to tensors: inout SafeTensorsWriter) {
    let columns = 1 + regressors.regressorCount
    tensors.add("bayes.means", shape: [regressors.means.count], doubles: regressors.means)
    tensors.add("bayes.scales", shape: [regressors.scales.count], doubles: regressors.scales)
    tensors.add("bayes.costs", shape: [regressors.costMeans.count], doubles: regressors.costMeans)
    tensors.add(
      "bayes.devices", shape: [devices.count, columns], doubles: devices.flatMap { $0.weights })
    guard hasMarks else { return }
    let marks = devices.flatMap { $0.marks }
    tensors.add("bayes.marks", shape: [marks.count], integers: marks)
  }
}
