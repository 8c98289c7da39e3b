/// What a layer does with its sizes: the names that a description gives them, and the costs.
struct LayerKind: Sendable {
  struct Size: Sendable {
    /// What takes the place of a size that is not given.
    enum Default: Sendable {
      case none
      case number(Double)
      /// What the layer gives under this key.
      case key(String)
    }

    enum Range: Sendable, Equatable {
      /// Above 0; the costs never fall as it grows.
      case size
      /// Above 0; the costs never grow with it.
      case divisor
      /// 0 or 1.
      case flag
    }

    let name: String
    var fallback = Default.none
    var range = Range.size
  }

  let name: String
  let sizes: [Size]
  /// The costs of the sizes, in their order.
  let costs: @Sendable ([Double]) -> ArchitectureCosts

  static func named(_ name: String) -> LayerKind? { all.first { $0.name == name } }

  static let all = [
    linear, attention, convolution, normalization, activation, addition, embedding, pooling, custom,
  ]
}

// MARK: - The kinds

extension LayerKind {
  /// A matrix product with weights, and what may be fused with it: a bias, batch normalization.
  private static let linear = LayerKind(
    name: "linear",
    sizes: [
      Size(name: "tokens", fallback: .number(1)), Size(name: "inputs"), Size(name: "outputs"),
      bias(0), norm,
    ],
    costs: { sizes in
      let (tokens, inputs, outputs) = (sizes[0], sizes[1], sizes[2])
      return ArchitectureCosts(
        macs: tokens * inputs * outputs,
        parameters: inputs * outputs + (sizes[3] + 2 * sizes[4]) * outputs,
        activations: tokens * (inputs + outputs), operations: 1)
    })

  /// The product of queries and keys, and that of scores and values, without softmax.
  private static let attention = LayerKind(
    name: "attention",
    sizes: [
      Size(name: "tokens"), Size(name: "heads"), Size(name: "head_size"),
      Size(name: "key_value_tokens", fallback: .key("tokens")),
      Size(name: "key_value_heads", fallback: .key("heads")),
    ],
    costs: { sizes in
      let (tokens, heads, headSize) = (sizes[0], sizes[1], sizes[2])
      let (otherTokens, otherHeads) = (sizes[3], sizes[4])
      let scores = tokens * otherTokens * heads
      return ArchitectureCosts(
        macs: 2 * scores * headSize,
        activations: 2 * headSize * (tokens * heads + otherTokens * otherHeads) + 2 * scores,
        operations: 2)
    })

  /// With padding such that a stride of 1 keeps the side.
  private static let convolution = LayerKind(
    name: "conv",
    sizes: [
      Size(name: "height", fallback: .key("side")), Size(name: "width", fallback: .key("side")),
      Size(name: "inputs"), Size(name: "outputs"), Size(name: "kernel"), stride,
      Size(name: "groups", fallback: .number(1), range: .divisor), bias(0), norm,
    ],
    costs: { sizes in
      let (inputs, outputs, kernel, groups) = (sizes[2], sizes[3], sizes[4], sizes[6])
      let weights = inputs * outputs * kernel * kernel / groups
      let after = strided(sizes[0], sizes[5]) * strided(sizes[1], sizes[5])
      return ArchitectureCosts(
        macs: after * weights, parameters: weights + (sizes[7] + 2 * sizes[8]) * outputs,
        activations: sizes[0] * sizes[1] * inputs + after * outputs, operations: 1)
    })

  /// A scale for each feature, and a shift unless `bias` is 0.
  private static let normalization = LayerKind(
    name: "norm",
    sizes: [Size(name: "tokens", fallback: .number(1)), Size(name: "features"), bias(1)],
    costs: { sizes in
      ArchitectureCosts(
        parameters: sizes[1] * (1 + sizes[2]), activations: 2 * sizes[0] * sizes[1], operations: 1)
    })

  private static let activation = LayerKind(
    name: "activation", sizes: [Size(name: "elements")],
    costs: { ArchitectureCosts(activations: 2 * $0[0], operations: 1) })

  /// Two inputs of one shape are added or multiplied.
  private static let addition = LayerKind(
    name: "add", sizes: [Size(name: "elements")],
    costs: { ArchitectureCosts(activations: 3 * $0[0], operations: 1) })

  private static let embedding = LayerKind(
    name: "embedding",
    sizes: [
      Size(name: "tokens", fallback: .number(1)), Size(name: "vocabulary"), Size(name: "features"),
    ],
    costs: { sizes in
      ArchitectureCosts(
        parameters: sizes[1] * sizes[2], activations: 2 * sizes[0] * sizes[2], operations: 1)
    })

  private static let pooling = LayerKind(
    name: "pool",
    sizes: [
      Size(name: "height", fallback: .key("side")), Size(name: "width", fallback: .key("side")),
      Size(name: "channels"), stride, Size(name: "kernel", fallback: .key("stride")),
    ],
    costs: { sizes in
      let after = strided(sizes[0], sizes[3]) * strided(sizes[1], sizes[3])
      return ArchitectureCosts(
        activations: (sizes[0] * sizes[1] + after) * sizes[2], operations: 1)
    })

  /// Costs only what the description says.
  static let custom = LayerKind(name: "custom", sizes: [], costs: { _ in .init() })

  private static func bias(_ fallback: Double) -> Size {
    Size(name: "bias", fallback: .number(fallback), range: .flag)
  }
  private static let norm = Size(name: "norm", fallback: .number(0), range: .flag)
  private static let stride = Size(name: "stride", fallback: .number(1), range: .divisor)

  private static func strided(_ side: Double, _ stride: Double) -> Double {
    (side / stride).rounded(.up)
  }
}
