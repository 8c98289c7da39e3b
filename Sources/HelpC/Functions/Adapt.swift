import CHelp
import HelpBase
import HelpJSON
import HelpPredictor
import HelpSpaces

// help.h: adapting to a device.

private var adaptDefaults: help_adapt_options {
  var options = help_adapt_options()
  options.struct_size = MemoryLayout<help_adapt_options>.stride
  options.method = HELP_METHOD_DEFAULT.value
  options.steps = -1
  options.support = HELP_SUPPORT_EXTRA.value
  options.repeatability = .nan
  return options
}

@c @implementation
public func help_methods(_ out: UnsafeMutablePointer<help_buffer>?) -> help_status {
  guarded("help_methods") { () throws(HelpError) in
    let out = try required(out, "out")
    try write(JSON.text(.array(Method.allCases.map { $0.described }), pretty: true).utf8, to: out)
  }
}

extension Method {
  fileprivate var described: JSONValue {
    [
      "name": .string(name), "number": .integer(Int64(rawValue)),
      "minimum_rows": .integer(Int64(minimumRows)), "needs": needed,
      "summary": .string(summary),
    ]
  }

  private var needed: JSONValue {
    switch need {
    case .nothing: .null
    case .bayesPart: "bayes"
    case .references: "references"
    case .costs: "costs"
    }
  }
}

@c @implementation
public func help_adapt_options_init(
  _ options: UnsafeMutablePointer<help_adapt_options>?, _ structSize: Int
) -> help_status {
  guarded("help_adapt_options_init") { () throws(HelpError) in
    try initializeOptions(options, structSize, defaults: adaptDefaults)
  }
}

@c @implementation
public func help_adapt(
  _ model: OpaquePointer?, _ archs: UnsafePointer<Int32>?, _ n: Int, _ stride: Int,
  _ latency: UnsafePointer<Double>?, _ options: UnsafePointer<help_adapt_options>?,
  _ out: UnsafeMutablePointer<OpaquePointer?>?
) -> help_status {
  guarded("help_adapt") { () throws(HelpError) in
    let model = try Handles.model.object(model, "model").value
    let out = try required(out, "out")
    let options = try readOptions(options, defaults: adaptDefaults)
    let batch = try batch(archs, n, stride, in: model.space)
    try checkMemory(
      for: "n", n, bytes: RowMemory.measurements(n, in: model.space))
    let measurements = try Measurements(
      batch, latencies: doubles(latency, batch.count, "latency_ms"))
    write(Handles.predictor, Shared(try model.adapted(to: measurements, options)), to: out)
  }
}

extension LatencyModel {
  fileprivate func adapted(
    to measurements: Measurements, _ options: help_adapt_options
  ) throws(HelpError) -> Predictor {
    let method = try options.method(for: self)
    try options.checkAreOf(method)
    var settings = AdaptationSettings()
    settings.repeatability = try options.statedRepeatability()
    if method == .help { settings.help = try HelpSettings(options) }
    if options.proxy != nil { settings.proxy = try text(options.proxy, "options.proxy") }
    return try adapted(by: method, to: measurements, settings)
  }
}

extension help_adapt_options {
  /// The one that is named, else the model's best.
  fileprivate func method(for model: LatencyModel) throws(HelpError) -> Method {
    if method == HELP_METHOD_DEFAULT.value { return model.defaultMethod }
    if let method = Method(rawValue: method) { return method }
    throw HelpError(.unsupported, "options.method is \(method), not a HELP_METHOD_ constant")
  }

  /// Refuses an option that is set although `method` does not look at it.
  fileprivate func checkAreOf(_ method: Method) throws(HelpError) {
    let help: [(name: String, isSet: Bool)] = [
      ("steps", steps != -1), ("samples", samples != 0),
      ("support", support != HELP_SUPPORT_EXTRA.value), ("label_min_ms", label_min_ms != 0),
      ("label_max_ms", label_max_ms != 0), ("noise", noise != nil),
      ("noise_count", noise_count != 0),
    ]
    try checkNone([("repeatability", !repeatability.isNaN)], of: .bayes, unless: method)
    try checkNone(help, of: .help, unless: method)
    try checkNone([("proxy", proxy != nil)], of: .proxy, unless: method)
  }

  private func checkNone(
    _ settings: [(name: String, isSet: Bool)], of owner: Method, unless method: Method
  ) throws(HelpError) {
    guard method != owner, let (name, _) = settings.first(where: { $0.isSet }) else { return }
    throw HelpError(
      .argument,
      "options.\(name) is set; only method \"\(owner.name)\" uses it, and options.method is "
        + "\"\(method.name)\"")
  }
}

extension help_adapt_options {
  /// Nil for NaN, the default.
  fileprivate func statedRepeatability() throws(HelpError) -> Double? {
    if repeatability.isNaN { return nil }
    try check(setting: "repeatability", repeatability, in: 0...1)
    return repeatability
  }
}

extension HelpSettings {
  fileprivate init(_ options: help_adapt_options) throws(HelpError) {
    self.init()
    guard let support = Support(rawValue: options.support) else {
      throw HelpError(
        .argument,
        "options.support is \(options.support), not HELP_SUPPORT_EXTRA or HELP_SUPPORT_ALL")
    }
    self.support = support
    seed = options.seed
    steps = options.steps == -1 ? nil : Int(options.steps)
    samples = Int(options.samples)
    if options.label_min_ms != 0 || options.label_max_ms != 0 {
      labelRange = (options.label_min_ms, options.label_max_ms)
    }
    if options.noise != nil || options.noise_count != 0 {
      let limit = Self.maximumSamples * 1_000_000
      let numbers = try count(options.noise_count, "options.noise_count", in: 1...limit)
      noise = try doubles(options.noise, numbers, "options.noise")
    }
  }
}

@c @implementation
public func help_predictor_update(
  _ predictor: OpaquePointer?, _ archs: UnsafePointer<Int32>?, _ n: Int, _ stride: Int,
  _ latency: UnsafePointer<Double>?, _ out: UnsafeMutablePointer<OpaquePointer?>?
) -> help_status {
  guarded("help_predictor_update") { () throws(HelpError) in
    let predictor = try Handles.predictor.object(predictor, "predictor").value
    let out = try required(out, "out")
    let batch = try batch(archs, n, stride, in: predictor.space)
    let rows = n + (try predictor.kept()).measurements.given.latencies.count
    try checkMemory(for: "n", n, bytes: RowMemory.measurements(rows, in: predictor.space))
    let measurements = try Measurements(
      batch, latencies: doubles(latency, batch.count, "latency_ms"))
    write(Handles.predictor, Shared(try predictor.updated(with: measurements)), to: out)
  }
}

@c @implementation
public func help_predictor_save(
  _ predictor: OpaquePointer?, _ path: UnsafePointer<CChar>?
) -> help_status {
  guarded("help_predictor_save") { () throws(HelpError) in
    try Handles.predictor.save(predictor, to: path)
  }
}

@c @implementation
public func help_predictor_write(
  _ predictor: OpaquePointer?, _ out: UnsafeMutablePointer<help_buffer>?
) -> help_status {
  guarded("help_predictor_write") { () throws(HelpError) in
    try Handles.predictor.write(predictor, to: out)
  }
}

@c @implementation
public func help_predictor_load(
  _ path: UnsafePointer<CChar>?, _ out: UnsafeMutablePointer<OpaquePointer?>?
) -> help_status {
  guarded("help_predictor_load") { () throws(HelpError) in try Handles.predictor.load(path, to: out)
  }
}

@c @implementation
public func help_predictor_load_memory(
  _ data: UnsafeRawPointer?, _ size: Int, _ out: UnsafeMutablePointer<OpaquePointer?>?
) -> help_status {
  guarded("help_predictor_load_memory") { () throws(HelpError) in
    try Handles.predictor.load(data, size, to: out)
  }
}

@c @implementation
public func help_predictor_free(_ predictor: OpaquePointer?) {
  Handles.predictor.free(predictor)
}

@c @implementation
public func help_predictor_space(
  _ predictor: OpaquePointer?, _ out: UnsafeMutablePointer<OpaquePointer?>?
) -> help_status {
  guarded("help_predictor_space") { () throws(HelpError) in
    try Handles.predictor.space(of: predictor, to: out)
  }
}

@c @implementation
public func help_predictor_describe(
  _ predictor: OpaquePointer?, _ out: UnsafeMutablePointer<help_buffer>?
) -> help_status {
  guarded("help_predictor_describe") { () throws(HelpError) in
    try Handles.predictor.describe(predictor, to: out)
  }
}
