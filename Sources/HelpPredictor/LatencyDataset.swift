import HelpBase
import HelpSpaces

/// Latencies of many devices on one list of architectures, some entries perhaps missing.
package struct LatencyDataset: Sendable {
  package enum Role: Int32, Sendable {
    case train = 0
    case valid = 1
  }

  package struct Device: Sendable {
    package let name: String
    package let role: Role
    /// Milliseconds in the rows' order; NaN where not measured.
    package let latencies: [Double]

    package init(name: String, role: Role, latencies: [Double]) {
      self.name = name
      self.role = role
      self.latencies = latencies
    }
  }

  package let architectures: ArchitectureBatch
  package private(set) var devices: [Device] = []
  /// Row numbers of the reference architectures.
  package private(set) var references: [Int] = []

  package init(_ architectures: ArchitectureBatch) throws(HelpError) {
    if let (first, second) = architectures.firstRepeat() {
      let text = architectures.space.format(architectures[first])
      throw HelpError(
        .argument, "rows \(first) and \(second) are the same architecture, \(text)")
    }
    self.architectures = architectures
  }

  package mutating func add(_ device: Device) throws(HelpError) {
    guard !device.name.isEmpty else {
      throw HelpError(.argument, "name is empty; a device needs one")
    }
    guard !devices.contains(where: { $0.name == device.name }) else {
      throw HelpError(.argument, "device \"\(device.name)\" is in the dataset already")
    }
    for (row, latency) in device.latencies.enumerated()
    where !latency.isNaN && !(latency > 0 && latency.isFinite) {
      throw HelpError(
        .measurements,
        "device \"\(device.name)\": latency_ms[\(row)] is \(latency.brief), not a finite number of "
          + "milliseconds above 0, or NaN for not measured")
    }
    devices.append(device)
  }

  package mutating func setReferences(_ rows: [Int]) throws(HelpError) {
    let limits = NetworkShape.referenceLimits
    guard limits.contains(rows.count) else {
      throw HelpError(
        .argument,
        "\(rows.count) rows are named, not \(limits.lowerBound)...\(limits.upperBound)")
    }
    for (place, row) in rows.enumerated() where !(0..<architectures.count).contains(row) {
      throw HelpError(
        .argument, "rows[\(place)] is \(row), not 0...\(architectures.count - 1)")
    }
    guard Set(rows).count == rows.count else {
      throw HelpError(.argument, "rows names a reference twice")
    }
    references = rows
  }

  package func devices(_ role: Role) -> [Device] { devices.filter { $0.role == role } }
}
