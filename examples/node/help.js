'use strict';
// libhelp for Node.js.  An architecture is a row of genes, space.width of them; rows lie one after
// another in an Int32Array.  Failures are Errors whose code is the status's name.
const addon = require('./addon.node');

class Space {
  #raw;

  constructor(raw) {
    this.#raw = raw;
    this.width = addon.width(raw);
  }

  /** n different rows. */
  sample(n, seed = 0) {
    return addon.sample(this.#raw, n, seed, this.width);
  }

  /** A row in the space's notation. */
  format(row) {
    if (row.length !== this.width) {
      throw new RangeError(`a row has ${this.width} genes, not ${row.length}`);
    }
    return addon.format(this.#raw, row);
  }

  /** The number of rows. */
  count(rows) {
    if (rows.length % this.width !== 0) {
      throw new RangeError(`${rows.length} genes are not whole rows of ${this.width}`);
    }
    return rows.length / this.width;
  }

  /** The rows, each by itself. */
  *each(rows) {
    for (let i = 0; i < rows.length; i += this.width) yield rows.subarray(i, i + this.width);
  }
}

class Model {
  #raw;

  constructor(path) {
    this.#raw = addon.load(path);
    this.space = new Space(addon.space(this.#raw));
  }

  /** The rows to measure on a device. */
  references() {
    return addon.references(this.#raw, this.space.width);
  }

  /** A predictor of the device on which these rows take these milliseconds. */
  adapt(rows, milliseconds) {
    const n = this.space.count(rows);
    if (milliseconds.length !== n) {
      throw new RangeError(`${milliseconds.length} latencies for ${n} rows`);
    }
    const ms = Float64Array.from(milliseconds);
    return new Predictor(addon.adapt(this.#raw, rows, ms, this.space.width), this.space);
  }
}

class Predictor {
  #raw;

  constructor(raw, space) {
    this.#raw = raw;
    this.space = space;
  }

  /** Milliseconds of each row. */
  predict(rows) {
    this.space.count(rows);
    return addon.predict(this.#raw, rows, this.space.width);
  }

  /**
   * The most accurate architectures within limit milliseconds, best first.  What accuracy(row)
   * throws ends the search and is thrown here.
   */
  search(limit, accuracy, topK = 10) {
    const { width } = this.space;
    const rows = new Int32Array(topK * width);
    const accuracies = new Float64Array(topK);
    const milliseconds = new Float64Array(topK);
    const score = (batch) => Float64Array.from(this.space.each(batch), (row) => accuracy(row));
    const count = addon.search(this.#raw, limit, score, width, rows, accuracies, milliseconds);
    return Array.from(this.space.each(rows.subarray(0, count * width)), (row, i) => ({
      row,
      accuracy: accuracies[i],
      milliseconds: milliseconds[i],
    }));
  }
}

module.exports = { Model, version: addon.version };
