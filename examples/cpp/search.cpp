// A search from C++: handles owned by unique_ptr, failures as exceptions, the
// accuracy a lambda.   search MODEL [LIMIT-MS]
#include <help.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

struct Free {
  void operator()(help_space *handle) const { help_space_free(handle); }
  void operator()(help_model *handle) const { help_model_free(handle); }
  void operator()(help_predictor *handle) const { help_predictor_free(handle); }
};
template <typename Handle> using Owned = std::unique_ptr<Handle, Free>;

void check(help_status status) {
  if (status != HELP_OK)
    throw std::runtime_error(std::string(help_status_name(status)) + ": " + help_last_error());
}

using Accuracy = std::function<double(const int32_t *arch)>;

// An exception must not cross the C library: it becomes a code of our own (negative).
struct Scorer {
  Accuracy accuracy;
  std::exception_ptr error;

  static help_status call(void *user, const int32_t *archs, size_t n, size_t stride,
                          double *out) noexcept {
    auto self = static_cast<Scorer *>(user);
    try {
      for (size_t i = 0; i < n; i++) out[i] = self->accuracy(archs + i * stride);
      return HELP_OK;
    } catch (...) {
      self->error = std::current_exception();
      return -1;
    }
  }
};

void run(const char *path, double limit) {
  help_model *raw_model;
  check(help_load(path, &raw_model));
  Owned<help_model> model(raw_model);
  help_space *raw_space;
  check(help_model_space(model.get(), &raw_space));
  Owned<help_space> space(raw_space);

  // Raspberry Pi 4, the model's ten references: HELP's published NAS-Bench-201 table.
  const std::vector<double> measured{8.069698,  19.551933, 2.826915,  20.097734, 25.759504,
                                     25.596895, 24.430082, 57.129456, 10.544924, 98.88752};
  const size_t genes = help_space_width(space.get());
  if (help_model_reference_count(model.get()) != measured.size())
    throw std::runtime_error("this model does not have ten references");
  std::vector<int32_t> references(measured.size() * genes);
  check(help_model_references(model.get(), references.data(), genes));
  help_predictor *raw_device;
  check(help_adapt(model.get(), references.data(), measured.size(), genes, measured.data(), nullptr,
                   &raw_device));
  Owned<help_predictor> device(raw_device);

  Scorer scorer{[&](const int32_t *arch) {
                  double macs;
                  check(help_arch_macs(space.get(), arch, 1, genes, &macs));
                  return macs; // a stand-in: more computation, better network
                },
                nullptr};
  std::vector<int32_t> best(genes);
  double accuracy, latency;
  size_t found;
  help_status status = help_search(device.get(), limit, Scorer::call, &scorer, nullptr, 1,
                                   best.data(), genes, &accuracy, &latency, &found, nullptr);
  if (scorer.error) std::rethrow_exception(scorer.error);
  check(status);

  help_buffer text = HELP_BUFFER_INIT;
  check(help_arch_format(space.get(), best.data(), &text));
  std::printf("%.2f ms  score %.4g  %s\n", latency, accuracy, text.data);
  help_buffer_free(&text);
}

} // namespace

int main(int argc, char **argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: %s MODEL [LIMIT-MS]\n", argv[0]);
    return EXIT_FAILURE;
  }
  try {
    run(argv[1], argc > 2 ? std::atof(argv[2]) : 20.0);
    return EXIT_SUCCESS;
  } catch (const std::exception &error) {
    std::fprintf(stderr, "%s\n", error.what());
    return EXIT_FAILURE;
  }
}
