'use strict';
// Load, adapt, predict, search, and what can fail:  make && node latency.js MODEL
const { Model, version } = require('./help.js');

// Milliseconds of the model's ten references on a Raspberry Pi 4 (HELP's NAS-Bench-201 table).
const MEASURED = [
  8.069698, 19.551933, 2.826915, 20.097734, 25.759504,
  25.596895, 24.430082, 57.129456, 10.544924, 98.88752,
];
// A stand-in for an accuracy predictor: what each operation contributes.
const WORTH = [0, 0.25, 0.5, 1, 0.125];
const accuracy = (row) => row.reduce((sum, gene) => sum + WORTH[gene], 0);

console.log(version());
const model = new Model(process.argv[2]);
const device = model.adapt(model.references(), MEASURED);

const latency = device.predict(model.space.sample(1000, 1));
console.log(`${latency.filter((ms) => ms <= 20).length} of 1000 networks take at most 20 ms`);

for (const found of device.search(20, accuracy, 3)) {
  const text = model.space.format(found.row);
  console.log(`${found.milliseconds.toFixed(2)} ms, accuracy ${found.accuracy.toFixed(3)}: ${text}`);
}

try {
  device.search(0.5, accuracy, 3);
} catch (error) {
  if (error.code !== 'HELP_ERR_INFEASIBLE') throw error;
  console.log(`infeasible: ${error.message}`);
}

class Down extends Error {}
try {
  device.search(20, () => { throw new Down('the accuracy service is down'); }, 3);
} catch (error) {
  if (!(error instanceof Down)) throw error;
  console.log(`the callback failed: ${error.message}`);
}
