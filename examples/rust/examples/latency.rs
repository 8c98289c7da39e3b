//! Load, adapt, predict, search, and what can fail:  cargo run --example latency -- MODEL
use libhelp::{version, Error, Model, INFEASIBLE};

/// Milliseconds of the model's ten references on a Raspberry Pi 4 (HELP's NAS-Bench-201 table).
const MEASURED: [f64; 10] = [
    8.069698, 19.551933, 2.826915, 20.097734, 25.759504, 25.596895, 24.430082, 57.129456,
    10.544924, 98.88752,
];
/// A stand-in for an accuracy predictor: what each operation contributes.
const WORTH: [f64; 5] = [0.0, 0.25, 0.5, 1.0, 0.125];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("usage: latency MODEL")?;
    println!("{}", version());
    let model = Model::load(&path)?;
    let space = model.space()?;
    let device = model.adapt(&model.references()?, &MEASURED)?;

    let latency = device.predict(&space.sample(1000, 1)?)?;
    let within = latency.iter().filter(|&&ms| ms <= 20.0).count();
    println!("{within} of 1000 networks take at most 20 ms");

    let worth = |row: &[i32]| Ok(row.iter().map(|&gene| WORTH[gene as usize]).sum());
    for found in device.search(20.0, 3, worth)? {
        let text = space.format(&found.row)?;
        println!(
            "{:.2} ms, accuracy {:.3}: {text}",
            found.latency_ms, found.accuracy
        );
    }
    match device.search(0.5, 3, worth) {
        Err(Error::Library {
            status: INFEASIBLE,
            message,
        }) => println!("infeasible: {message}"),
        other => println!("found {} below 0.5 ms", other?.len()),
    }
    match device.search(20.0, 3, |_| Err("the accuracy service is down".into())) {
        Err(Error::Accuracy(reason)) => println!("the callback failed: {reason}"),
        other => println!("found {} without accuracies", other?.len()),
    }
    Ok(())
}
