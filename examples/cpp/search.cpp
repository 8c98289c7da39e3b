// A search from C++, with help.hpp: handles free themselves, failures are exceptions, accuracy and
// progress are lambdas.   search MODEL [LIMIT-MS]
#include <help.hpp>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <vector>

namespace {

void show(const help::Space &space, const help::Found &found) {
  for (std::size_t i = 0; i < found.size(); i++)
    std::printf("%.2f ms  score %.4g  %s\n", found.latency_ms[i], found.accuracy[i],
                space.format(&found.archs[i * space.width()]).c_str());
}

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

  const auto accuracy = help::each([&](const int32_t *arch) {
    double macs;
    help::check(help_arch_macs(space.get(), arch, 1, space.width(), &macs));
    return macs; // a stand-in: more computation, better network
  });
  help::SearchOptions options;
  options.strategy = HELP_SEARCH_EVOLVE;
  options.seed = 1;
  options.within({help::Limit::macs(100e6)});
  options.on_progress([](const help_progress &now) { return now.done < 50; }); // that is enough
  try {
    show(space, device.search(limit, accuracy, options, 3));
  } catch (const help::search_error &stopped) {
    std::printf("stopped after %llu generations\n",
                static_cast<unsigned long long>(stopped.found().report.generations));
    show(space, stopped.found());
  }
  const help::Found front = device.front(accuracy);
  std::printf("the front has %zu networks, from %.2f ms to %.2f ms\n", front.size(),
              front.latency_ms.back(), front.latency_ms.front());
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
