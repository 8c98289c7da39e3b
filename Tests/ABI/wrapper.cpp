// The C++ wrapper, help.hpp: ownership, errors, and exceptions through callbacks.
#include <help.hpp>

#include <atomic>
#include <cmath>
#include <cstdio>
#include <functional>
#include <limits>
#include <set>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace {

unsigned long checks, failures;

void check_true(bool condition, int line, const char *text) {
  checks++;
  if (condition) return;
  failures++;
  std::printf("wrapper.cpp:%d: not true: %s\n", line, text);
}
#define CHECK(...) check_true((__VA_ARGS__), __LINE__, #__VA_ARGS__)

/// The status with which this fails, HELP_OK if it does not.
template <typename Action> help_status status_of(Action action) {
  try {
    action();
    return HELP_OK;
  } catch (const help::error &reason) {
    CHECK(std::string(reason.what()).find(help_status_name(reason.status())) == 0);
    return reason.status();
  }
}

template <typename Handle> void moves_only() {
  static_assert(!std::is_copy_constructible<Handle>::value, "handles are not copied");
  static_assert(!std::is_copy_assignable<Handle>::value, "handles are not copied");
  static_assert(std::is_nothrow_move_constructible<Handle>::value, "handles are moved");
  static_assert(std::is_nothrow_move_assignable<Handle>::value, "handles are moved");
}

/// A made-up device: heavier is slower.
help::Numbers measure(const help::Space &space, const help::Rows &rows) {
  help::Numbers ms = space.macs(rows);
  for (double &value : ms) value = 2 + value * 1e-7;
  return ms;
}

void ownership(const help::Model &model, const std::string &path) {
  moves_only<help::Space>();
  moves_only<help::Model>();
  moves_only<help::Predictor>();
  moves_only<help::Accuracy>();
  moves_only<help::Cancel>();
  help::Model first = help::Model::load(path);
  help_model *raw = first.get();
  help::Model second = std::move(first);
  CHECK(!first && second && second.get() == raw);
  CHECK(second.references() == model.references());
  CHECK(status_of([&] { first.references(); }) == HELP_ERR_ARGUMENT);
  second = help::Model::load(path); // frees the first: valgrind would tell
  std::vector<help::Space> spaces;
  for (int i = 0; i < 10; i++) spaces.push_back(second.space());
  CHECK(spaces.front().name() == "nasbench201" && spaces.back().width() == 6);
  CHECK(help::Space().name().empty() && help::Space().width() == 0);
  CHECK(status_of([] { help::Predictor().predict(help::Rows(6)); }) == HELP_ERR_ARGUMENT);
}

void spaces(const help::Space &space) {
  const help::Rows rows = space.sample(20, 3);
  CHECK(rows == space.sample(20, 3) && rows != space.sample(20, 4));
  CHECK(space.count_of(rows) == 20 && space.count() == 15625);
  help::Rows again;
  for (std::size_t i = 0; i < 20; i++) {
    const help::Rows row = space.parse(space.format(&rows[i * 6]));
    again.insert(again.end(), row.begin(), row.end());
  }
  CHECK(again == rows && space.canonicalize(rows) == rows);
  const help::Space own = help::Space::from_json(
      R"({"name": "own", "genes": [{"name": "a", "choices": [1, 2]}, {"name": "b", "choices": [3, 4]}]})");
  CHECK(own.width() == 2 && own.count() == 4);
  CHECK(help::Space::from_json(own.describe()).describe() == own.describe());
}

void predicting(const help::Model &model, const help::Predictor &device) {
  const help::Space space = model.space();
  const help::Rows rows = space.sample(50, 5);
  const help::Numbers ms = device.predict(rows);
  help::Numbers raw(50), own(50);
  help::check(help_predict(device.get(), rows.data(), 50, 6, raw.data(), nullptr));
  device.predict(rows.data(), 50, 6, own.data());
  CHECK(ms == raw && ms == own);
  CHECK(device.predict(help::Rows()).empty());
  const std::pair<help::Numbers, help::Numbers> ends = device.interval(rows, 0.9);
  for (std::size_t i = 0; i < 50; i++) CHECK(ends.first[i] < ms[i] && ms[i] < ends.second[i]);
  const std::vector<std::size_t> chosen = model.select(rows, 5);
  CHECK(std::set<std::size_t>(chosen.begin(), chosen.end()).size() == 5);

  help_adapt_options options = help::adapt_options();
  options.method = HELP_METHOD_HELP;
  const help::Rows references = model.references();
  const help::Predictor network = model.adapt(references, measure(space, references), options);
  CHECK(network.describe().find("\"help\"") != std::string::npos);
  CHECK(status_of([&] { network.interval(rows); }) == HELP_ERR_UNSUPPORTED);
}

void errors(const help::Model &model, const help::Predictor &device) {
  CHECK(status_of([] { help::Model::load("no such file"); }) == HELP_ERR_IO);
  CHECK(status_of([] { help::Model::load("text", 4); }) == HELP_ERR_FORMAT);
  CHECK(status_of([] { help::Space::open("none"); }) == HELP_ERR_UNSUPPORTED);
  CHECK(status_of([&] { device.predict(help::Rows(7)); }) == HELP_ERR_ARGUMENT);
  CHECK(status_of([&] { device.predict(help::Rows(6, 9)); }) == HELP_ERR_ARCHITECTURE);
  CHECK(status_of([&] { model.adapt(model.references(), {1.0, 2.0}); }) == HELP_ERR_ARGUMENT);
  CHECK(status_of([&] { model.select(model.references(), 11); }) == HELP_ERR_ARGUMENT);
  CHECK(status_of([&] { model.space().parse("|none~0|"); }) == HELP_ERR_FORMAT);
  try {
    help::Space::open("none");
  } catch (const std::runtime_error &reason) {
    CHECK(std::string(reason.what()).find("nasbench201") != std::string::npos);
  }
}

void searching(const help::Predictor &device) {
  const help::Space space = device.space();
  help_search_options options = help::search_options();
  options.population = 20;
  options.generations = 5;
  options.strategy = HELP_SEARCH_EVOLVE;
  std::size_t batches = 0;
  // Whatever can be called: a std::function, a temporary lambda, a function of one row.
  const std::function<void(const std::int32_t *, std::size_t, std::size_t, double *)> score =
      [&](const std::int32_t *archs, std::size_t n, std::size_t stride, double *out) {
        batches++;
        help::check(help_arch_macs(space.get(), archs, n, stride, out));
      };
  const help::Found found = device.search(15.0, score, options, 5);
  CHECK(found.size() == 5 && batches > 1 && found.archs.size() == 5 * 6);
  CHECK(space.costs(found.archs, "macs") == space.macs(found.archs));
  CHECK(found.accuracy == space.macs(found.archs) && found.latency_ms == device.predict(found.archs));
  for (std::size_t i = 0; i < 5; i++)
    CHECK(found.latency_ms[i] <= 15.0 && (i == 0 || found.accuracy[i] <= found.accuracy[i - 1]));
  CHECK(found.report.evaluations > 0 && found.report.generations <= 5);
  std::size_t calls = 0;
  const help::Found same = device.search(15.0, help::each([&calls, &space](const std::int32_t *arch) {
                                           calls++;
                                           return space.macs(help::Rows(arch, arch + 6))[0];
                                         }),
                                         options, 5);
  CHECK(same.archs == found.archs && calls == same.report.evaluations);
}

struct Odd { // nothing of std::exception
  int number;
};

void thrown(const help::Predictor &device) {
  int calls = 0;
  help_search_options options = help::search_options();
  options.strategy = HELP_SEARCH_EVOLVE;
  const auto after_three = [&](const std::int32_t *, std::size_t n, std::size_t, double *out) {
    if (++calls == 3) throw Odd{42};
    for (std::size_t i = 0; i < n; i++) out[i] = double(i);
  };
  int number = 0;
  try {
    device.search(100.0, after_three, options);
  } catch (const Odd &odd) {
    number = odd.number;
  }
  CHECK(number == 42 && calls == 3);
  // An error of the library's own, raised inside the callback, arrives as what it is.
  CHECK(status_of([&] {
          device.search(100.0, [](const std::int32_t *, std::size_t, std::size_t, double *) {
            help::Space::open("none");
          });
        }) == HELP_ERR_UNSUPPORTED);
  // And the next search is none the worse.
  calls = 3;
  options.generations = 2;
  CHECK(device.search(100.0, after_three, options, 2).size() == 2);
}

void failing(const help::Predictor &device) {
  const auto nothing = [](const std::int32_t *, std::size_t, std::size_t, double *) {};
  CHECK(status_of([&] { device.search(100.0, nothing); }) == HELP_ERR_CALLBACK);
  const auto zero = help::each([](const std::int32_t *) { return 0.0; });
  try {
    device.search(1e-9, zero);
    CHECK(false);
  } catch (const help::search_error &reason) {
    CHECK(reason.status() == HELP_ERR_INFEASIBLE && reason.found().size() == 0);
    CHECK(reason.found().report.smallest_latency_ms > 1e-9);
  }
  const help::Cancel cancel = help::Cancel::make();
  help_search_options options = help::search_options();
  options.cancel = cancel.get();
  options.strategy = HELP_SEARCH_EVOLVE;
  options.generations = 1000000000;
  std::atomic<bool> begun(false);
  std::thread other([&] {
    while (!begun) std::this_thread::yield();
    cancel.request();
  });
  try {
    device.search(100.0, help::each([&](const std::int32_t *arch) {
                    begun = true;
                    return double(arch[0]);
                  }),
                  options);
    CHECK(false);
  } catch (const help::search_error &reason) {
    CHECK(reason.status() == HELP_ERR_CANCELLED);
  }
  other.join();
}

void files(const help::Predictor &device, const std::string &scratch) {
  const help::Rows rows = device.space().sample(10);
  const std::string path = scratch + ".predictor";
  device.save(path);
  CHECK(help::Predictor::load(path).predict(rows) == device.predict(rows));
  std::remove(path.c_str());
  CHECK(status_of([&] { help::Accuracy::load(path); }) == HELP_ERR_IO);
  CHECK(status_of([&] { device.search(10.0, help::Accuracy()); }) == HELP_ERR_ARGUMENT);
}

} // namespace

int main(int argc, char **argv) {
  if (argc < 2) {
    std::printf("usage: %s MODEL\n", argv[0]);
    return 2;
  }
  try {
    const help::Model model = help::Model::load(argv[1]);
    const help::Rows references = model.references();
    const help::Predictor device = model.adapt(references, measure(model.space(), references));
    ownership(model, argv[1]);
    spaces(model.space());
    predicting(model, device);
    errors(model, device);
    searching(device);
    thrown(device);
    failing(device);
    files(device, argv[0]);
  } catch (const std::exception &reason) {
    failures++;
    std::printf("%s\n", reason.what());
  }
  std::printf("%lu checks\n", checks);
  return failures != 0;
}
