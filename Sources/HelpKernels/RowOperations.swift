// Elementwise work on rows of Float: see MatrixProduct.swift for what may stand here.

/// sum += row
@export(interface) package func add(
  _ n: Int, _ row: UnsafePointer<Float>, _ sum: UnsafeMutablePointer<Float>
) {
  var i = 0
  while i &+ 16 <= n {
    store(load(UnsafePointer(sum) + i) + load(row + i), sum + i)
    i &+= 16
  }
  while i < n {
    sum[i] += row[i]
    i &+= 1
  }
}

/// sum += factor * row
@export(interface) package func addScaled(
  _ n: Int, _ factor: Float, _ row: UnsafePointer<Float>, _ sum: UnsafeMutablePointer<Float>
) {
  var i = 0
  while i &+ 16 <= n {
    store(addProduct(load(UnsafePointer(sum) + i), factor, load(row + i)), sum + i)
    i &+= 16
  }
  while i < n {
    sum[i] += factor * row[i]
    i &+= 1
  }
}

/// out = a - b * c
@export(interface) package func subtractProduct(
  _ n: Int, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ c: UnsafePointer<Float>,
  _ out: UnsafeMutablePointer<Float>
) {
  var i = 0
  while i &+ 16 <= n {
    store(load(a + i) - load(b + i) * load(c + i), out + i)
    i &+= 16
  }
  while i < n {
    out[i] = a[i] - b[i] * c[i]
    i &+= 1
  }
}

/// out = a * b
@export(interface) package func product(
  _ n: Int, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ out: UnsafeMutablePointer<Float>
) {
  var i = 0
  while i &+ 16 <= n {
    store(load(a + i) * load(b + i), out + i)
    i &+= 16
  }
  while i < n {
    out[i] = a[i] * b[i]
    i &+= 1
  }
}

/// values = 0 wherever gate is not positive
@export(interface) package func keepWherePositive(
  _ n: Int, _ gate: UnsafePointer<Float>, _ values: UnsafeMutablePointer<Float>
) {
  var i = 0
  while i &+ 16 <= n {
    let v = load(UnsafePointer(values) + i)
    store(v.replacing(with: 0, where: load(gate + i) .<= 0), values + i)
    i &+= 16
  }
  while i < n {
    if gate[i] <= 0 { values[i] = 0 }
    i &+= 1
  }
}
