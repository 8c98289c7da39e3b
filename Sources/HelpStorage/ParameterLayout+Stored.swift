import HelpBase
import HelpPredictor

/// A layout's parameters as tensors of a file, named "group.tensor".
extension ParameterLayout {
  func tensorNames(_ group: String) -> [String] { tensors.map { "\(group).\($0.name)" } }

  /// The flat array of a group's parameters.
  func read(_ group: String, from file: SafeTensors) throws(HelpError) -> [Float] {
    var values: [Float] = []
    values.reserveCapacity(count)
    for tensor in tensors {
      try file.append("\(group).\(tensor.name)", shape: tensor.shape, to: &values)
    }
    return values
  }

  func write(_ group: String, _ values: [Float], to file: inout SafeTensorsWriter) {
    for tensor in tensors {
      file.add("\(group).\(tensor.name)", shape: tensor.shape, Array(values[tensor.range]))
    }
  }
}

// MARK: - Several sets of parameters

extension ParameterLayout {
  /// The flat arrays of a group whose tensors have the number of sets as first dimension.
  func readSets(
    _ group: String, count sets: Int, from file: SafeTensors
  ) throws(HelpError) -> [[Float]] {
    var flat = [[Float]](repeating: [], count: sets)
    for tensor in tensors {
      var values: [Float] = []
      try file.append("\(group).\(tensor.name)", shape: [sets] + tensor.shape, to: &values)
      for set in 0..<sets {
        flat[set] += values[(set * tensor.count)..<((set + 1) * tensor.count)]
      }
    }
    return flat
  }

  func writeSets(_ group: String, _ sets: [[Float]], to file: inout SafeTensorsWriter) {
    for tensor in tensors {
      file.add(
        "\(group).\(tensor.name)", shape: [sets.count] + tensor.shape,
        sets.flatMap { $0[tensor.range] })
    }
  }
}
