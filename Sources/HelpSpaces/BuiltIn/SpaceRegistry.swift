import HelpBase

/// The built-in spaces by name: a new one is its own file and a line here. Each is made when
/// it is asked for; the library keeps none.
package enum SpaceRegistry {
  private static let makers: [(name: String, make: @Sendable () -> any SearchSpace)] = [
    ("nasbench201", { NASBench201() }),
    ("fbnet", { FBNet() }),
    ("ofa-mbv3", { OFAMobileNetV3() }),
    ("hat-wmt14-en-de", { HAT("hat-wmt14-en-de", ffn: [3072, 2048, 1024], heads: [8, 4]) }),
    ("hat-wmt14-en-fr", { HAT("hat-wmt14-en-fr", ffn: [3072, 2048, 1024], heads: [8, 4]) }),
    ("hat-wmt19-en-de", { HAT("hat-wmt19-en-de", ffn: [3072, 2048, 1024], heads: [8, 4]) }),
    ("hat-iwslt14-de-en", { HAT("hat-iwslt14-de-en", ffn: [2048, 1024, 512], heads: [4, 2]) }),
  ]

  package static let names = makers.map { $0.name }

  package static func space(named name: String) throws(HelpError) -> any SearchSpace {
    if let maker = makers.first(where: { $0.name == name }) { return maker.make() }
    let names = names.map { "\"\($0)\"" }.joined(separator: ", ")
    throw HelpError(.unsupported, "no search space is named \"\(name)\"; there are \(names)")
  }
}
