# Load, adapt, predict, search, and what can fail:  julia latency.jl MODEL
using Printf

include("LibHelp.jl")
using .LibHelp

# Milliseconds of the model's ten references on a Raspberry Pi 4 (HELP's NAS-Bench-201 table).
const MEASURED = [8.069698, 19.551933, 2.826915, 20.097734, 25.759504,
                  25.596895, 24.430082, 57.129456, 10.544924, 98.88752]
# A stand-in for an accuracy predictor: what each operation contributes.
const WORTH = [0, 0.25, 0.5, 1, 0.125]
accuracy(arch) = sum(WORTH[gene + 1] for gene in arch)

function main(path)
    println(LibHelp.version())
    model = Model(path)
    device = adapt(model, references(model), MEASURED)

    ms = predict(device, draw(model, 1000, seed = 1))
    println(count(ms .<= 20), " of 1000 networks take at most 20 ms")

    for found in search(accuracy, device, 20, top_k = 3)
        @printf("%.2f ms, accuracy %.3f: %s\n", found.ms, found.accuracy,
                notation(model, found.arch))
    end

    try
        search(accuracy, device, 0.5)
    catch failure
        failure isa LibHelp.Failure && failure.status == LibHelp.INFEASIBLE || rethrow()
        println("infeasible: ", failure.message)
    end

    try
        search(arch -> error("the accuracy service is down"), device, 20)
    catch failure
        failure isa ErrorException || rethrow()
        println("the callback failed: ", failure.msg)
    end
end

main(ARGS[1])
