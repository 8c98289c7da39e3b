//! libhelp from Rust: handles that free themselves, failures as [`Error`], closures as
//! accuracies.
//!
//! An architecture is a row of genes, [`Space::width`] of them; rows lie one after another in a
//! slice.  What is not wrapped here is one declaration away in `sys`.

mod sys;

use std::any::Any;
use std::ffi::{CStr, CString};
use std::fmt;
use std::os::raw::c_void;
use std::panic::{catch_unwind, resume_unwind, AssertUnwindSafe};
use std::ptr::{self, NonNull};

/// Nothing found within the limits of a search.
pub const INFEASIBLE: i32 = 10;
const ARGUMENT: i32 = 1;

/// Why a call failed.
#[derive(Debug)]
pub enum Error {
    /// The library's code and message.
    Library { status: i32, message: String },
    /// What an accuracy closure returned.
    Accuracy(Box<dyn std::error::Error>),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Library { message, .. } => f.write_str(message),
            Error::Accuracy(reason) => reason.fmt(f),
        }
    }
}

impl std::error::Error for Error {}

pub type Result<T> = std::result::Result<T, Error>;

fn check(status: i32) -> Result<()> {
    if status == 0 {
        return Ok(());
    }
    // Valid until this thread's next failed call, so it is copied.
    let message = unsafe { CStr::from_ptr(sys::help_last_error()) };
    Err(Error::Library {
        status,
        message: message.to_string_lossy().into_owned(),
    })
}

fn argument(message: String) -> Error {
    Error::Library {
        status: ARGUMENT,
        message,
    }
}

/// The handle that `call` writes.
fn made<Raw>(call: impl FnOnce(*mut *mut Raw) -> i32) -> Result<NonNull<Raw>> {
    let mut raw = ptr::null_mut();
    check(call(&mut raw))?;
    NonNull::new(raw).ok_or_else(|| argument("the library wrote no handle".into()))
}

macro_rules! handle {
    ($(#[$doc:meta])* $name:ident, $free:ident) => {
        $(#[$doc])*
        pub struct $name(NonNull<sys::$name>);

        impl Drop for $name {
            fn drop(&mut self) {
                unsafe { sys::$free(self.0.as_ptr()) }
            }
        }

        // The library never changes it once it is made.
        unsafe impl Send for $name {}
        unsafe impl Sync for $name {}
    };
}

handle! {
    /// A search space.
    Space, help_space_free
}
handle! {
    /// What has been learnt from many devices.
    Model, help_model_free
}
handle! {
    /// Latency of every architecture on one device.
    Predictor, help_predictor_free
}

/// An architecture that a search found.
pub struct Found {
    pub row: Vec<i32>,
    pub accuracy: f64,
    pub latency_ms: f64,
}

/// Name and version of the library.
pub fn version() -> String {
    unsafe { CStr::from_ptr(sys::help_version_string()) }
        .to_string_lossy()
        .into_owned()
}

impl Space {
    /// Number of genes in a row.
    pub fn width(&self) -> usize {
        unsafe { sys::help_space_width(self.0.as_ptr()) }
    }

    /// `n` different rows.
    pub fn sample(&self, n: usize, seed: u64) -> Result<Vec<i32>> {
        let width = self.width();
        let mut rows = vec![0; n * width];
        check(unsafe {
            sys::help_space_sample(self.0.as_ptr(), seed, rows.as_mut_ptr(), n, width)
        })?;
        Ok(rows)
    }

    /// A row in the space's notation.
    pub fn format(&self, row: &[i32]) -> Result<String> {
        if row.len() != self.width() {
            return Err(argument(format!(
                "a row has {} genes, not {}",
                self.width(),
                row.len()
            )));
        }
        let mut buffer = sys::Buffer {
            data: ptr::null_mut(),
            size: 0,
        };
        check(unsafe { sys::help_arch_format(self.0.as_ptr(), row.as_ptr(), &mut buffer) })?;
        let text = unsafe { CStr::from_ptr(buffer.data) }
            .to_string_lossy()
            .into_owned();
        unsafe { sys::help_buffer_free(&mut buffer) };
        Ok(text)
    }

    fn count(&self, rows: &[i32]) -> Result<usize> {
        match rows.len() % self.width() {
            0 => Ok(rows.len() / self.width()),
            _ => Err(argument(format!(
                "{} genes are not whole rows of {}",
                rows.len(),
                self.width()
            ))),
        }
    }
}

impl Model {
    /// Reads a model file.
    pub fn load(path: &str) -> Result<Model> {
        let path = CString::new(path).map_err(|reason| argument(reason.to_string()))?;
        made(|out| unsafe { sys::help_load(path.as_ptr(), out) }).map(Model)
    }

    pub fn space(&self) -> Result<Space> {
        made(|out| unsafe { sys::help_model_space(self.0.as_ptr(), out) }).map(Space)
    }

    /// The rows to measure on a device.
    pub fn references(&self) -> Result<Vec<i32>> {
        let width = self.space()?.width();
        let n = unsafe { sys::help_model_reference_count(self.0.as_ptr()) };
        let mut rows = vec![0; n * width];
        check(unsafe { sys::help_model_references(self.0.as_ptr(), rows.as_mut_ptr(), width) })?;
        Ok(rows)
    }

    /// A predictor of the device on which these rows take `latency_ms`.
    pub fn adapt(&self, rows: &[i32], latency_ms: &[f64]) -> Result<Predictor> {
        let space = self.space()?;
        let n = space.count(rows)?;
        if latency_ms.len() != n {
            return Err(argument(format!(
                "{} latencies for {n} rows",
                latency_ms.len()
            )));
        }
        let (archs, ms) = (rows.as_ptr(), latency_ms.as_ptr());
        made(|out| unsafe {
            sys::help_adapt(
                self.0.as_ptr(),
                archs,
                n,
                space.width(),
                ms,
                ptr::null(),
                out,
            )
        })
        .map(Predictor)
    }
}

impl Predictor {
    pub fn space(&self) -> Result<Space> {
        made(|out| unsafe { sys::help_predictor_space(self.0.as_ptr(), out) }).map(Space)
    }

    /// Milliseconds of each row.
    pub fn predict(&self, rows: &[i32]) -> Result<Vec<f64>> {
        let space = self.space()?;
        let mut ms = vec![0.0; space.count(rows)?];
        let (raw, n, none) = (self.0.as_ptr(), ms.len(), ptr::null_mut());
        check(unsafe {
            sys::help_predict(raw, rows.as_ptr(), n, space.width(), ms.as_mut_ptr(), none)
        })?;
        Ok(ms)
    }

    /// The most accurate architectures within `limit_ms`, best first.  An error or a panic of
    /// `accuracy` ends the search and leaves this function.
    pub fn search<F>(&self, limit_ms: f64, top_k: usize, accuracy: F) -> Result<Vec<Found>>
    where
        F: FnMut(&[i32]) -> std::result::Result<f64, Box<dyn std::error::Error>>,
    {
        let width = self.space()?.width();
        let mut rows = vec![0; top_k * width];
        let (mut accuracies, mut ms, mut count) = (vec![0.0; top_k], vec![0.0; top_k], 0);
        let mut scorer = Scorer {
            accuracy,
            width,
            failure: None,
        };
        let status = unsafe {
            sys::help_search(
                self.0.as_ptr(),
                limit_ms,
                Scorer::<F>::call,
                &mut scorer as *mut _ as *mut c_void,
                ptr::null(),
                top_k,
                rows.as_mut_ptr(),
                width,
                accuracies.as_mut_ptr(),
                ms.as_mut_ptr(),
                &mut count,
                ptr::null_mut(),
            )
        };
        match scorer.failure {
            Some(Failure::Panic(reason)) => resume_unwind(reason),
            Some(Failure::Error(reason)) => return Err(Error::Accuracy(reason)),
            None => check(status)?,
        }
        let rows = rows.chunks_exact(width).take(count);
        let scores = accuracies.into_iter().zip(ms);
        Ok(rows
            .zip(scores)
            .map(|(row, (accuracy, latency_ms))| Found {
                row: row.to_vec(),
                accuracy,
                latency_ms,
            })
            .collect())
    }
}

enum Failure {
    Error(Box<dyn std::error::Error>),
    Panic(Box<dyn Any + Send>),
}

struct Scorer<F> {
    accuracy: F,
    width: usize,
    failure: Option<Failure>,
}

impl<F> Scorer<F>
where
    F: FnMut(&[i32]) -> std::result::Result<f64, Box<dyn std::error::Error>>,
{
    /// A `help_accuracy_fn`; nothing may unwind into the library.
    unsafe extern "C" fn call(
        user: *mut c_void,
        archs: *const i32,
        n: usize,
        stride: usize,
        out_accuracy: *mut f64,
    ) -> i32 {
        let scorer = &mut *(user as *mut Self);
        for i in 0..n {
            let row = std::slice::from_raw_parts(archs.add(i * stride), scorer.width);
            let failure = match catch_unwind(AssertUnwindSafe(|| (scorer.accuracy)(row))) {
                Ok(Ok(accuracy)) => {
                    *out_accuracy.add(i) = accuracy;
                    continue;
                }
                Ok(Err(reason)) => Failure::Error(reason),
                Err(reason) => Failure::Panic(reason),
            };
            scorer.failure = Some(failure);
            return -1;
        }
        0
    }
}
