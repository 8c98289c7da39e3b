// The products of vectors in Double on which dense algebra is built.

/// Σ a b over `count` numbers, added up in four lanes.
@inlinable @inline(__always)
package func dot(_ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, _ count: Int) -> Double {
  var sums = SIMD4<Double>.zero
  let (left, right) = (UnsafeRawPointer(a), UnsafeRawPointer(b))
  let whole = count & ~3
  for place in stride(from: 0, to: whole, by: 4) {
    let offset = place &* 8
    sums +=
      left.loadUnaligned(fromByteOffset: offset, as: SIMD4<Double>.self)
      * right.loadUnaligned(fromByteOffset: offset, as: SIMD4<Double>.self)
  }
  var sum = sums.sum()
  for place in whole..<count { sum += a[place] * b[place] }
  return sum
}

/// Σ a b over the numbers that both have.
package func dot(_ a: [Double], _ b: [Double]) -> Double {
  a.withUnsafeBufferPointer { a in
    b.withUnsafeBufferPointer { b in
      guard let left = a.baseAddress, let right = b.baseAddress else { return 0 }
      return dot(left, right, min(a.count, b.count))
    }
  }
}

/// sum += factor · row, over `count` numbers.
@inlinable @inline(__always)
package func addScaled(
  _ factor: Double, _ row: UnsafePointer<Double>, to sum: UnsafeMutablePointer<Double>, _ count: Int
) {
  for place in 0..<count { sum[place] += factor * row[place] }
}
