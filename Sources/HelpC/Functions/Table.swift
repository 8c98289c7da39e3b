import CHelp
import HelpBase
import HelpJSON
import HelpPredictor
import HelpSpaces

// help.h: the additive table.

@c @implementation
public func help_predictor_table(
  _ predictor: OpaquePointer?, _ out: UnsafeMutablePointer<help_buffer>?
) -> help_status {
  guarded("help_predictor_table") { () throws(HelpError) in
    let predictor = try Handles.predictor.object(predictor, "predictor").value
    let out = try required(out, "out")
    let table = try predictor.additiveTable()
    try write(JSON.text(table.described(in: predictor.space), pretty: false).utf8, to: out)
  }
}

extension AdditiveTable {
  fileprivate func described(in space: any SearchSpace) -> JSONValue {
    [
      "constant_ms": .number(constant),
      "terms": .array(terms.map { $0.described(in: space) }),
    ]
  }
}

extension AdditiveTable.Term {
  fileprivate func described(in space: any SearchSpace) -> JSONValue {
    let own = genes.map { space.genes[$0] }
    return [
      "genes": .strings(own.map { $0.name }),
      "places": .array(genes.map { .integer(Int64($0)) }),
      "choices": .array(own.map { .array($0.choices.map { .integer(Int64($0)) }) }),
      "latency_ms": .array(latencies.map(JSONValue.number)),
      "std_ms": deviations.isEmpty ? .null : .array(deviations.map(JSONValue.number)),
    ]
  }
}
