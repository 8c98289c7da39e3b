"""
libhelp for Julia.  Architectures are the columns of an `Int32` matrix, a gene in each row.
Failures are `LibHelp.Failure`s.  Handles are freed when they are collected.
"""
module LibHelp

export Model, references, draw, notation, adapt, predict, search

const lib = "libhelp.so.1"
const INFEASIBLE = 10

"A call failed; `status` is its code."
struct Failure <: Exception
    status::Cint
    message::String
end
Base.showerror(io::IO, failure::Failure) = print(io, failure.message)

check(status) = status == 0 ||
    throw(Failure(status, unsafe_string(@ccall lib.help_last_error()::Cstring)))

version() = unsafe_string(@ccall lib.help_version_string()::Cstring)

mutable struct Space
    raw::Ptr{Cvoid}
    width::Int
    function Space(raw)
        width = @ccall lib.help_space_width(raw::Ptr{Cvoid})::Csize_t
        finalizer(space -> @ccall(lib.help_space_free(space.raw::Ptr{Cvoid})::Cvoid), new(raw, width))
    end
end
Base.unsafe_convert(::Type{Ptr{Cvoid}}, space::Space) = space.raw

"What has been learnt from many devices."
mutable struct Model
    raw::Ptr{Cvoid}
    space::Space
    function Model(path::AbstractString)
        raw, space = Ref{Ptr{Cvoid}}(), Ref{Ptr{Cvoid}}()
        check(@ccall lib.help_load(path::Cstring, raw::Ptr{Ptr{Cvoid}})::Cint)
        check(@ccall lib.help_model_space(raw[]::Ptr{Cvoid}, space::Ptr{Ptr{Cvoid}})::Cint)
        finalizer(model -> @ccall(lib.help_model_free(model.raw::Ptr{Cvoid})::Cvoid),
                  new(raw[], Space(space[])))
    end
end
Base.unsafe_convert(::Type{Ptr{Cvoid}}, model::Model) = model.raw

"Latency of every architecture on one device."
mutable struct Predictor
    raw::Ptr{Cvoid}
    width::Int
    Predictor(raw, width) =
        finalizer(each -> @ccall(lib.help_predictor_free(each.raw::Ptr{Cvoid})::Cvoid), new(raw, width))
end
Base.unsafe_convert(::Type{Ptr{Cvoid}}, predictor::Predictor) = predictor.raw

"The architectures to measure on a device."
function references(model::Model)
    n = @ccall lib.help_model_reference_count(model::Ptr{Cvoid})::Csize_t
    archs = Matrix{Int32}(undef, model.space.width, n)
    check(@ccall lib.help_model_references(model::Ptr{Cvoid}, archs::Ptr{Int32},
                                           size(archs, 1)::Csize_t)::Cint)
    archs
end

"`n` different architectures."
function draw(model::Model, n; seed = 0)
    archs = Matrix{Int32}(undef, model.space.width, n)
    check(@ccall lib.help_space_sample(model.space::Ptr{Cvoid}, seed::UInt64, archs::Ptr{Int32},
                                       n::Csize_t, size(archs, 1)::Csize_t)::Cint)
    archs
end

"An architecture in the space's notation."
function notation(model::Model, arch::Vector{Int32})
    length(arch) == model.space.width || throw(DimensionMismatch("$(length(arch)) genes"))
    buffer = Ref((Ptr{Cchar}(C_NULL), Csize_t(0)))
    check(@ccall lib.help_arch_format(model.space::Ptr{Cvoid}, arch::Ptr{Int32},
                                      buffer::Ptr{Cvoid})::Cint)
    text = unsafe_string(buffer[]...)
    @ccall lib.help_buffer_free(buffer::Ptr{Cvoid})::Cvoid
    text
end

"A predictor of the device on which these architectures take `ms` milliseconds."
function adapt(model::Model, archs::Matrix{Int32}, ms::Vector{Float64})
    width, n = size(archs)
    n == length(ms) || throw(DimensionMismatch("$(length(ms)) latencies for $n architectures"))
    raw = Ref{Ptr{Cvoid}}()
    check(@ccall lib.help_adapt(model::Ptr{Cvoid}, archs::Ptr{Int32}, n::Csize_t, width::Csize_t,
                                ms::Ptr{Cdouble}, C_NULL::Ptr{Cvoid}, raw::Ptr{Ptr{Cvoid}})::Cint)
    Predictor(raw[], width)
end

"Milliseconds of each architecture."
function predict(predictor::Predictor, archs::Matrix{Int32})
    width, n = size(archs)
    ms = Vector{Float64}(undef, n)
    check(@ccall lib.help_predict(predictor::Ptr{Cvoid}, archs::Ptr{Int32}, n::Csize_t,
                                  width::Csize_t, ms::Ptr{Cdouble}, C_NULL::Ptr{Cdouble})::Cint)
    ms
end

mutable struct Scorer
    accuracy::Any
    width::Int
    failure::Any
end

"A `help_accuracy_fn`; nothing may unwind into the library."
function score(user::Ptr{Cvoid}, archs::Ptr{Int32}, n::Csize_t, stride::Csize_t, out::Ptr{Cdouble})
    scorer = unsafe_pointer_to_objref(user)::Scorer
    try
        for i in 1:Int(n)
            start = archs + (i - 1) * stride * sizeof(Int32)
            arch = copy(unsafe_wrap(Array, start, scorer.width))
            unsafe_store!(out, scorer.accuracy(arch), i)
        end
        return Cint(0)
    catch failure
        scorer.failure = failure
        return Cint(-1)
    end
end

"""
The most accurate architectures within `limit` milliseconds, best first.  What
`accuracy(architecture)` throws ends the search and is thrown here.
"""
function search(accuracy, predictor::Predictor, limit; top_k = 10)
    scorer = Scorer(accuracy, predictor.width, nothing)
    callback = @cfunction(score, Cint, (Ptr{Cvoid}, Ptr{Int32}, Csize_t, Csize_t, Ptr{Cdouble}))
    archs = Matrix{Int32}(undef, predictor.width, top_k)
    accuracies, ms, count = Vector{Float64}(undef, top_k), Vector{Float64}(undef, top_k), Ref{Csize_t}()
    status = GC.@preserve scorer @ccall lib.help_search(
        predictor::Ptr{Cvoid}, limit::Cdouble, callback::Ptr{Cvoid},
        pointer_from_objref(scorer)::Ptr{Cvoid}, C_NULL::Ptr{Cvoid}, top_k::Csize_t,
        archs::Ptr{Int32}, predictor.width::Csize_t, accuracies::Ptr{Cdouble}, ms::Ptr{Cdouble},
        count::Ptr{Csize_t}, C_NULL::Ptr{Cvoid})::Cint
    scorer.failure === nothing || throw(scorer.failure)
    check(status)
    [(arch = archs[:, i], accuracy = accuracies[i], ms = ms[i]) for i in 1:count[]]
end

end
