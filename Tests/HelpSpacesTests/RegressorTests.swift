import HelpNumerics
@testable import HelpSpaces
import Testing

/// What built-in spaces give method "bayes" to read, by the formulas of docs/methods/bayes.md
/// (B22), computed here a second time from the architectures' own text.
@Suite struct RegressorTests {
  private func rows(_ space: any SearchSpace) -> ArchitectureBatch {
    var random = RandomSource(seed: 4)
    return space.sample(60, using: &random)
  }

  private func regressors(_ batch: ArchitectureBatch, _ row: Int) -> [Double] {
    var values = [Double](
      repeating: .nan, count: batch.space.regressorGroups.reduce(0) { $0 + $1.count })
    values.withUnsafeMutableBufferPointer { values in
      if let target = values.baseAddress { batch.space.writeRegressors(batch[row], to: target) }
    }
    return values
  }

  /// Live edges by trying all paths, not by walking back from the output.
  @Test func nasBench201() throws {
    let batch = rows(NASBench201())
    let edges = [(1, 0), (2, 0), (2, 1), (3, 0), (3, 1), (3, 2)]
    for row in 0..<batch.count {
      let genes = batch[row].genes.map { Int($0) }
      func reaches(_ node: Int) -> Bool {
        node == 3
          || edges.indices.contains { genes[$0] > 0 && edges[$0].1 == node && reaches(edges[$0].0) }
      }
      let isConnected = reaches(0)
      let all = edges.indices.map { edge in (1...4).map { genes[edge] == $0 ? 1.0 : 0 } }
      let live = zip(all, edges).map { own, edge in
        own.map { isConnected && reaches(edge.0) ? $0 : 0 }
      }
      func counts(_ parts: [[Double]]) -> [Double] {
        (0..<4).map { place in parts.reduce(0) { $0 + $1[place] } }
      }
      let expected =
        counts(all) + counts(live) + [isConnected ? 1 : 0] + all.flatMap { $0 }
        + live.flatMap { $0 }
      #expect(regressors(batch, row) == expected)
    }
  }

  @Test func fbNet() throws {
    let batch = rows(FBNet())
    let stages: [(layers: Int, channels: Double, stride: Double)] = [
      (1, 16, 1), (4, 24, 1), (4, 32, 2), (4, 64, 2), (4, 112, 1), (4, 184, 2), (1, 352, 1),
    ]
    let blocks: [(k: Double, e: Double, g: Double)] = [
      (3, 1, 1), (3, 1, 2), (3, 3, 1), (3, 6, 1), (5, 1, 1), (5, 1, 2), (5, 3, 1), (5, 6, 1),
    ]
    for row in 0..<batch.count {
      var sums = [Double](repeating: 0, count: 18)
      var oneHot: [Double] = []
      var (m, s, layer) = (16.0, 32.0, 0)
      for stage in stages {
        for place in 0..<stage.layers {
          let (c, t) = (stage.channels, place == 0 ? s / stage.stride : s)
          let choice = Int(batch[row][layer])
          oneHot += (0..<9).map { $0 == choice ? 1 : 0 }
          if choice < 8 {
            let block = blocks[choice]
            let costs = Bottleneck(m: m, c: c, s: s, t: t, e: block.e, k: block.k, g: block.g)
            let (wide, grouped) = (block.k == 5, block.g == 2)
            let own = [
              costs.pointwise + costs.depthwise, 1, costs.activations, costs.parameters, 1,
              wide ? 1 : 0, grouped ? 1 : 0, costs.residual, 0, grouped ? 0 : costs.pointwise,
              grouped ? costs.pointwise : 0, wide ? 0 : costs.depthwise,
              wide ? costs.depthwise : 0, 0, costs.activations, costs.parameters,
              costs.expanded, costs.w,
            ]
            for place in own.indices { sums[place] += own[place] }
          } else if m != c || s != t {
            sums[0] += t * t * m * c
            sums[13] += t * t * m * c
            for place in [2, 14] { sums[place] += s * s * m + t * t * c }
            for place in [3, 15] { sums[place] += m * c }
            sums[8] += 1
          }
          (m, s, layer) = (c, t, layer + 1)
        }
      }
      check(regressors(batch, row), sums + oneHot)
    }
  }

  @Test func onceForAll() throws {
    let batch = rows(OFAMobileNetV3())
    let stages: [(c: Double, stride: Double, excites: Bool)] = [
      (24, 2, false), (40, 2, true), (80, 2, false), (112, 1, true), (160, 2, true),
    ]
    for row in 0..<batch.count {
      let architecture = batch[row]
      let r = Double(architecture[45])
      let first = (r / 2).rounded(.up)
      var physical = [Double](repeating: 0, count: 12)
      var perStage = [[Double]](repeating: [0, 0, 0, 0, 0], count: 3)
      var slots = [Double](repeating: 0, count: 80)
      var (m, s) = (16.0, first)
      for (number, stage) in stages.enumerated() {
        for place in 0..<Int(architecture[40 + number]) {
          let slot = 4 * number + place
          let t = place == 0 ? (s / stage.stride).rounded(.up) : s
          let k = Double(architecture[slot])
          let costs = Bottleneck(
            m: m, c: stage.c, s: s, t: t, e: Double(architecture[20 + slot]), k: k, g: 1)
          physical[0] += 1
          physical[2] += costs.pointwise
          physical[k == 3 ? 3 : k == 5 ? 4 : 5] += costs.depthwise
          physical[6] += costs.activations
          physical[7] += costs.parameters
          physical[8] += costs.residual
          if stage.excites {
            physical[1] += 1
            physical[10] += t * t * costs.w
          }
          let parts = [costs.pointwise, costs.depthwise, costs.activations]
          for part in 0..<3 { perStage[part][number] += parts[part] }
          slots.replaceSubrange((4 * slot)..<(4 * slot + 4), with: [1] + parts)
          (m, s) = (stage.c, t)
        }
      }
      physical[9] = first * first * 16 * (27 + 9 + 16)
      physical[11] = s * s * 160 * 960 + 960 * 1280
      let total = [
        physical[2] + physical[3] + physical[4] + physical[5], physical[0], physical[6],
        physical[7],
      ]
      check(
        regressors(batch, row), total + physical + [r, r * r] + perStage.flatMap { $0 } + slots)
    }
  }

  private func check(_ values: [Double], _ expected: [Double]) {
    #expect(values.count == expected.count)
    for (value, wanted) in zip(values, expected) {
      #expect(abs(value - wanted) <= 1e-12 * max(abs(wanted), 1))
    }
  }
}

/// B22
private struct Bottleneck {
  let m, c, s, t, e, k, g: Double

  var w: Double { m * e }
  var pointwise: Double { (s * s * m * w + t * t * w * c) / g }
  var depthwise: Double { t * t * w * k * k }
  var activations: Double { s * s * (m + 2 * w) + t * t * (2 * w + c) }
  var parameters: Double { (m + c) * w / g + w * k * k }
  var expanded: Double { s * s * w }
  var residual: Double { m == c && s == t ? 1 : 0 }
}
