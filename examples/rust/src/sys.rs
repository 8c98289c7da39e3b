//! What this crate uses of help.h, as it is declared there.
use std::os::raw::{c_char, c_void};

#[repr(C)]
pub struct Space {
    _opaque: [u8; 0],
}
#[repr(C)]
pub struct Model {
    _opaque: [u8; 0],
}
#[repr(C)]
pub struct Predictor {
    _opaque: [u8; 0],
}
#[repr(C)]
pub struct Buffer {
    pub data: *mut c_char,
    pub size: usize,
}

pub type Accuracy = unsafe extern "C" fn(*mut c_void, *const i32, usize, usize, *mut f64) -> i32;

#[link(name = "help")]
extern "C" {
    pub fn help_version_string() -> *const c_char;
    pub fn help_last_error() -> *const c_char;
    pub fn help_buffer_free(buffer: *mut Buffer);

    pub fn help_space_free(space: *mut Space);
    pub fn help_space_width(space: *const Space) -> usize;
    pub fn help_space_sample(
        space: *const Space,
        seed: u64,
        out_archs: *mut i32,
        n: usize,
        stride: usize,
    ) -> i32;
    pub fn help_arch_format(space: *const Space, arch: *const i32, out: *mut Buffer) -> i32;

    pub fn help_load(path: *const c_char, out: *mut *mut Model) -> i32;
    pub fn help_model_free(model: *mut Model);
    pub fn help_model_space(model: *const Model, out: *mut *mut Space) -> i32;
    pub fn help_model_reference_count(model: *const Model) -> usize;
    pub fn help_model_references(model: *const Model, out_archs: *mut i32, stride: usize) -> i32;

    pub fn help_adapt(
        model: *const Model,
        archs: *const i32,
        n: usize,
        stride: usize,
        latency_ms: *const f64,
        options: *const c_void,
        out: *mut *mut Predictor,
    ) -> i32;
    pub fn help_predictor_free(predictor: *mut Predictor);
    pub fn help_predictor_space(predictor: *const Predictor, out: *mut *mut Space) -> i32;
    pub fn help_predict(
        predictor: *const Predictor,
        archs: *const i32,
        n: usize,
        stride: usize,
        out_latency_ms: *mut f64,
        out_std_ms: *mut f64,
    ) -> i32;
    pub fn help_search(
        predictor: *const Predictor,
        limit_ms: f64,
        accuracy: Accuracy,
        user: *mut c_void,
        options: *const c_void,
        top_k: usize,
        out_archs: *mut i32,
        stride: usize,
        out_accuracy: *mut f64,
        out_latency_ms: *mut f64,
        out_count: *mut usize,
        out_report: *mut c_void,
    ) -> i32;
}
