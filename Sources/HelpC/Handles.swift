import CHelpSupport
import HelpBase
import HelpPredictor
import HelpSearch
import HelpSpaces

// What the handles keep alive.

enum Handles {
  static let space = Handle<SpaceObject>(tag: 0x4850_5301, noun: "space")
  static let model = Handle<Shared<LatencyModel>>(tag: 0x4850_4D02, noun: "model")
  static let predictor = Handle<Shared<Predictor>>(tag: 0x4850_5003, noun: "predictor")
  static let dataset = Handle<DatasetObject>(tag: 0x4850_4404, noun: "dataset")
  static let cancel = Handle<CancelObject>(tag: 0x4850_4305, noun: "cancel")
  static let evolver = Handle<EvolverObject>(tag: 0x4850_4507, noun: "evolver")
  static let accuracy = Handle<Shared<AccuracyModel>>(tag: 0x4850_4106, noun: "accuracy")
}

/// An immutable value that handles share.
final class Shared<Value: Sendable>: Sendable {
  let value: Value
  init(_ value: Value) { self.value = value }
}

/// A search space with its name as C text.
final class SpaceObject: @unchecked Sendable {
  let space: any SearchSpace
  /// Written once, here; lives as long as the object.
  let name: UnsafePointer<CChar>

  init(_ space: any SearchSpace) {
    self.space = space
    name = allocatedCString(space.name)
  }

  deinit { name.deallocate() }
}

/// A dataset as it is being filled, by one thread at a time.
final class DatasetObject {
  var dataset: LatencyDataset
  init(_ dataset: LatencyDataset) { self.dataset = dataset }
}

/// A search step by step, used by one thread at a time.
final class EvolverObject {
  var evolver: Evolver
  var cancel: CancelObject?

  init(_ evolver: Evolver) { self.evolver = evolver }
}

/// A flag that any thread may raise.
final class CancelObject: @unchecked Sendable {
  private let flag: OpaquePointer

  init() throws(HelpError) {
    guard let flag = helpsupport_flag_new() else {
      throw HelpError(.memory, "no memory for a help_cancel")
    }
    self.flag = flag
  }

  deinit { helpsupport_flag_free(flag) }

  func request() { helpsupport_flag_raise(flag) }
  var isRequested: Bool { helpsupport_flag_is_raised(flag) != 0 }
}
