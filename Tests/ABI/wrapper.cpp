// The C++ wrapper, help.hpp: ownership, errors, and exceptions through callbacks.
#include <help.hpp>

#include <array>
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
#if __cplusplus >= 202002L
#include <span>
#endif

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
  moves_only<help::Evolver>();
  moves_only<help::Dataset>();
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
  CHECK(space.first_outside(rows) == 20);
  CHECK(space.first_outside({0, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0}) == 1);
  CHECK(space.from_index(space.to_index(rows)) == rows);
  CHECK(space.encode(rows).size() == 20 * space.feature_count());
  CHECK(space.mutate(rows, 0.0) == rows && space.mutate(rows, 1.0) != rows);
  CHECK(space.crossover(rows, rows) == rows);
  CHECK(status_of([&] { space.crossover(rows, help::Rows(6)); }) == HELP_ERR_ARGUMENT);
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
  CHECK(model.select(rows, 5, help::Rows(&rows[chosen[0] * 6], &rows[chosen[0] * 6] + 6)) != chosen);
  const std::array<std::int32_t, 6> one = {{rows[0], rows[1], rows[2], rows[3], rows[4], rows[5]}};
  CHECK(device.predict(one)[0] == ms[0]);
#if __cplusplus >= 202002L
  CHECK(device.predict(std::span<const std::int32_t>(rows).subspan(6, 6))[0] == ms[1]);
#endif

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
  help::SearchOptions options;
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

void score_macs(const help::Space &space, const std::int32_t *archs, std::size_t n,
                std::size_t stride, double *out) {
  help::check(help_arch_macs(space.get(), archs, n, stride, out));
}

void limiting(const help::Predictor &device) {
  const help::Space space = device.space();
  const auto score = [&](const std::int32_t *archs, std::size_t n, std::size_t stride,
                         double *out) { score_macs(space, archs, n, stride, out); };
  help::SearchOptions options;
  options.among(space.sample(300, 9));
  options.within({help::Limit::macs(100e6, 50e6), help::Limit::latency(device, 12.0)});
  const help::Found found = device.search(15.0, score, options, 5);
  CHECK(found.size() == 5 && found.accuracy[0] <= 100e6 && found.accuracy[4] >= 50e6);
  for (double ms : found.latency_ms) CHECK(ms <= 12.0);
  CHECK(status_of([&] {
          device.search(15.0, score, options.within({help::Limit::parameters(1.0)}));
        }) == HELP_ERR_INFEASIBLE);

  const help::Rows few = space.sample(7, 9);
  help::SearchOptions candidates;
  CHECK(device.search(help::Limit::none(), score, candidates.among(few), 20).size() == 7);
  CHECK(status_of([&] {
          device.search(15.0, score, candidates.among(help::Rows(7)));
        }) == HELP_ERR_ARGUMENT);
  help::SearchOptions preset(HELP_PRESET_HAT);
  CHECK(preset.generations == 30 && help::SearchOptions().generations == 500);
  // With the best at hand, one generation is enough.
  help::SearchOptions warm;
  warm.strategy = HELP_SEARCH_EVOLVE;
  warm.generations = 1;
  warm.begin_with(found.archs);
  CHECK(device.search(15.0, score, warm, 1).accuracy[0] >= found.accuracy[0]);
}

void fronts(const help::Predictor &device) {
  const help::Space space = device.space();
  const help::Found front = device.front(
      [&](const std::int32_t *archs, std::size_t n, std::size_t stride, double *out) {
        score_macs(space, archs, n, stride, out);
      },
      help::SearchOptions().among(space.sample(300, 9)));
  CHECK(front.size() > 5 && front.report.hypervolume > 0);
  for (std::size_t i = 1; i < front.size(); i++)
    CHECK(front.accuracy[i] < front.accuracy[i - 1] && front.latency_ms[i] < front.latency_ms[i - 1]);
}

void progressing(const help::Predictor &device) {
  const auto zero = help::each([](const std::int32_t *arch) { return double(arch[0]); });
  help::SearchOptions options;
  options.strategy = HELP_SEARCH_EVOLVE;
  options.generations = 5;
  std::vector<std::uint64_t> done;
  options.on_progress([&](const help_progress &now) { done.push_back(now.done); });
  device.search(100.0, zero, options);
  CHECK((done == std::vector<std::uint64_t>{0, 1, 2, 3, 4, 5}));
  options.on_progress([](const help_progress &now) { return now.done < 2; });
  try {
    device.search(100.0, zero, options, 3);
    CHECK(false);
  } catch (const help::search_error &reason) {
    CHECK(reason.status() == HELP_ERR_CANCELLED && reason.found().size() == 3);
    CHECK(reason.found().report.generations == 2);
  }
  options.on_progress([](const help_progress &) -> bool { throw std::string("enough"); });
  std::string thrown;
  try {
    device.search(100.0, zero, options);
  } catch (const std::string &text) {
    thrown = text;
  }
  CHECK(thrown == "enough");
}

void evolving(const help::Predictor &device) {
  help::SearchOptions options;
  options.strategy = HELP_SEARCH_EVOLVE;
  options.generations = 5;
  options.population = 20;
  const help::Space space = device.space();
  help::Evolver evolver = help::Evolver::make(device, 15.0, options, 5);
  std::size_t rounds = 0;
  for (help::Rows rows = evolver.ask(); !rows.empty(); rows = evolver.ask()) {
    CHECK(evolver.ask() == rows);
    CHECK(status_of([&] { evolver.tell({1.0}); }) == HELP_ERR_CALLBACK);
    evolver.tell(space.macs(rows));
    const std::string bytes = evolver.write(); // as after a restart
    evolver = help::Evolver::load(bytes.data(), bytes.size());
    rounds++;
  }
  const help::Found found = evolver.results(5);
  const help::Found same = device.search(
      15.0,
      [&](const std::int32_t *archs, std::size_t n, std::size_t stride, double *out) {
        score_macs(space, archs, n, stride, out);
      },
      options, 5);
  CHECK(rounds > 1 && found.archs == same.archs && found.latency_ms == same.latency_ms);
  CHECK(evolver.space().name() == "nasbench201" && !evolver.describe().empty());
  CHECK(evolver.predictor().predict(found.archs) == found.latency_ms);
  const help::Cancel cancel = help::Cancel::make();
  cancel.request();
  help::Evolver stopped = help::Evolver::make(device, 15.0, options);
  stopped.stop_with(cancel);
  CHECK(status_of([&] { stopped.ask(); }) == HELP_ERR_CANCELLED);
}

/// Four made-up devices of which each weighs operations in its own way.
help::Dataset table(const help::Space &space, const help::Rows &rows) {
  help::Dataset dataset = help::Dataset::make(space, rows);
  help::Numbers ms = measure(space, rows);
  for (int device = 0; device < 4; device++) {
    for (std::size_t i = 0; i < ms.size(); i++) ms[i] += 0.1 * (1 + device) * rows[i * 6 + device];
    dataset.add_device("device " + std::to_string(device), ms,
                       device == 3 ? HELP_DEVICE_VALID : HELP_DEVICE_TRAIN);
  }
  dataset.set_references({0, 1, 2, 3, 4});
  return dataset;
}

void training(const help::Space &space) {
  const help::Rows rows = space.sample(120, 11);
  const help::Dataset dataset = table(space, rows);
  help::TrainOptions options;
  options.bayes = 0; // which takes seconds
  options.episodes = 3;
  options.hidden = 8;
  options.tasks = 2;
  options.query = 20;
  std::uint64_t episodes = 0;
  options.on_progress([&](const help_progress &now) { episodes = now.done; });
  const help::Model model = dataset.train(options);
  CHECK(episodes == 3 && model.references() == help::Rows(rows.begin(), rows.begin() + 30));
  CHECK(model.noise_count() > 0);
  const std::string bytes = model.write();
  CHECK(help::Model::load(bytes.data(), bytes.size()).describe() == model.describe());
  options.on_progress([](const help_progress &) { return false; });
  CHECK(status_of([&] { dataset.train(options); }) == HELP_ERR_CANCELLED);
  CHECK(status_of([&] {
          help::Dataset::make(space, rows).add_device("short", {1.0, 2.0});
        }) == HELP_ERR_ARGUMENT);
}

bool near(double value, double wanted) { return std::fabs(value - wanted) < 1e-12; }

void scoring() {
  const help::Numbers truth = {1.0, 2.0, 3.0, 4.0}, reversed = {4.0, 3.0, 2.0, 1.0};
  CHECK(near(help::score(truth, truth).spearman, 1) && near(help::score(reversed, truth).spearman, -1));
  CHECK(status_of([&] { help::score({1.0}, truth); }) == HELP_ERR_ARGUMENT);
  const help::Numbers matrix = help::monotonicity({1.0, 2.0, 3.0, 3.0, 2.0, 1.0}, 2);
  CHECK(matrix.size() == 4 && near(matrix[0], 1) && near(matrix[1], -1) && near(matrix[2], -1));
  CHECK(status_of([] { help::monotonicity({1.0, 2.0, 3.0}, 2); }) == HELP_ERR_ARGUMENT);
  CHECK(help::proxy_test(reversed, truth, 0.0).verdict != HELP_PROXY_SIMILAR);
  CHECK(help::proxy_test(reversed, truth, 0.0).rows == 4);
  CHECK(help::methods().find("bayes") != std::string::npos && help::version().find("libhelp ") == 0);
}

struct Odd { // nothing of std::exception
  int number;
};

void thrown(const help::Predictor &device) {
  int calls = 0;
  help::SearchOptions options;
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
  help::SearchOptions options;
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
  const std::string bytes = device.write();
  CHECK(help::Predictor::load(bytes.data(), bytes.size()).predict(rows) == device.predict(rows));
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
    limiting(device);
    fronts(device);
    progressing(device);
    evolving(device);
    training(model.space());
    scoring();
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
