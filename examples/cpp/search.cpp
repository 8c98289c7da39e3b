// A search from C++, with help.hpp: handles free themselves, failures are exceptions, the
// accuracy is a lambda.   search MODEL [LIMIT-MS]
#include <help.hpp>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <vector>

namespace {

void run(const std::string &path, double limit) {
  const help::Model model = help::Model::load(path);
  const help::Space space = model.space();

  // Raspberry Pi 4, the model's ten references: HELP's published NAS-Bench-201 table.
  const std::vector<double> measured{8.069698,  19.551933, 2.826915,  20.097734, 25.759504,
                                     25.596895, 24.430082, 57.129456, 10.544924, 98.88752};
  const help::Predictor device = model.adapt(model.references(), measured);

  // A batch is one call; help::each(f) makes one of a function of a single row.
  const help::Rows some = space.sample(1000, 1);
  std::size_t within = 0;
  for (double milliseconds : device.predict(some)) within += milliseconds <= limit;
  std::printf("%zu of 1000 take at most %g ms\n", within, limit);

  help_search_options options = help::search_options();
  options.seed = 1;
  const auto accuracy = help::each([&](const int32_t *arch) {
    double macs;
    help::check(help_arch_macs(space.get(), arch, 1, space.width(), &macs));
    return macs; // a stand-in: more computation, better network
  });
  const help::Found found = device.search(limit, accuracy, options, 3);
  for (std::size_t i = 0; i < found.size(); i++)
    std::printf("%.2f ms  score %.4g  %s\n", found.latency_ms[i], found.accuracy[i],
                space.format(&found.archs[i * space.width()]).c_str());
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
