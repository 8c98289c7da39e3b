// help.hpp - help.h for C++11: handles that free themselves, failures as exceptions.
//
// Optional and header-only; link with libhelp as for help.h, which documents every call.
//
//     help::Model model = help::Model::load("nasbench201.safetensors");
//     help::Predictor phone = model.adapt(model.references(), ms);
//     std::vector<double> latency = phone.predict(rows);
//     help::SearchOptions options;
//     options.within({help::Limit::macs(100e6)}).on_progress(show);
//     help::Found found = phone.search(20.0, help::each(score), options);
//
// Rows of genes lie one after another, row i at i * width(), in a help::Rows or in anything else
// with data() and size(): a std::array, a std::span.  Every function of help.h is here; get() is
// a handle for calling them directly.  Handles can be moved, not copied; a handle moved from is
// empty, and the library refuses it (HELP_ERR_ARGUMENT).
#ifndef HELP_HPP
#define HELP_HPP

#include <help.h>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <initializer_list>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace help {

/// Architectures as rows of genes, one after another.
using Rows = std::vector<std::int32_t>;
/// Numbers, one for each row.
using Numbers = std::vector<double>;

/// What is read during a call: elements one after another in memory of the caller's, such as a
/// std::vector, std::array, std::span or any other contiguous range with data() and size().
template <typename T> class View {
public:
  View() noexcept : data_(nullptr), size_(0) {}
  View(const T *data, std::size_t size) noexcept : data_(data), size_(size) {}
  View(std::initializer_list<T> list) noexcept : View(list.begin(), list.size()) {}
  template <typename Range,
            typename = typename std::enable_if<std::is_convertible<
                decltype(std::declval<const Range &>().data()), const T *>::value>::type>
  View(const Range &range) noexcept : View(range.data(), range.size()) {}

  const T *data() const noexcept { return data_; }
  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }
  const T *begin() const noexcept { return data_; }
  const T *end() const noexcept { return data_ + size_; }
  const T &operator[](std::size_t i) const noexcept { return data_[i]; }

private:
  const T *data_;
  std::size_t size_;
};

/// A call failed: status() is its code, what() begins with the code's name.
class error : public std::runtime_error {
public:
  error(help_status status, const std::string &message)
      : std::runtime_error(std::string(help_status_name(status)) + ": " + message),
        status_(status) {}
  help_status status() const noexcept { return status_; }

private:
  help_status status_;
};

/// Throws help::error with the message of the failed call, unless the status is HELP_OK.
inline void check(help_status status) {
  if (status == HELP_OK) return;
  throw error(status, status > 0 ? help_last_error() : "a callback returned " + std::to_string(status));
}

namespace detail {

template <typename Raw, void (*Free)(Raw *)> class Handle {
public:
  /// Takes ownership of a handle that a function of help.h wrote.
  explicit Handle(Raw *raw = nullptr) noexcept : held_(raw) {}
  /// For functions of help.h; still owned by this object.
  Raw *get() const noexcept { return held_.get(); }
  explicit operator bool() const noexcept { return held_ != nullptr; }

private:
  struct Freer {
    void operator()(Raw *raw) const noexcept { Free(raw); }
  };
  std::unique_ptr<Raw, Freer> held_;
};

/// Calls a function whose last parameter is a handle, and owns what it writes:
/// make<Model>(help_load, path) calls help_load(path, &raw).
template <typename Owner, typename Function, typename... Arguments>
Owner make(Function function, Arguments... arguments) {
  typename std::remove_reference<decltype(*std::declval<Owner>().get())>::type *raw = nullptr;
  check(function(arguments..., &raw));
  return Owner(raw);
}

/// Calls a function whose last parameter is a buffer, and copies the bytes.
template <typename Function, typename... Arguments>
std::string text(Function function, Arguments... arguments) {
  struct Buffer {
    help_buffer raw;
    ~Buffer() { help_buffer_free(&raw); }
  } buffer = {HELP_BUFFER_INIT};
  check(function(arguments..., &buffer.raw));
  return std::string(buffer.raw.data, buffer.raw.size);
}

inline std::size_t count(View<std::int32_t> rows, std::size_t width) {
  if (width == 0) throw error(HELP_ERR_ARGUMENT, "the handle is empty");
  if (rows.size() % width == 0) return rows.size() / width;
  throw error(HELP_ERR_ARGUMENT, std::to_string(rows.size()) + " genes are not whole rows of " +
                                     std::to_string(width));
}

inline void same_count(std::size_t given, std::size_t wanted, const char *what, const char *of) {
  if (given != wanted)
    throw error(HELP_ERR_ARGUMENT, std::to_string(given) + " " + what + " for " +
                                       std::to_string(wanted) + " " + of);
}

} // namespace detail

/// Name and version of the library.
inline std::string version() { return help_version_string(); }
/// Every method, as the JSON of help_methods.
inline std::string methods() { return detail::text(help_methods); }

/// A search space.
class Space : public detail::Handle<help_space, help_space_free> {
public:
  using Handle::Handle;
  static Space open(const std::string &name) {
    return detail::make<Space>(help_space_open, name.c_str());
  }
  static Space from_json(const std::string &json) {
    return detail::make<Space>(help_space_from_json, json.data(), json.size());
  }

  std::string name() const {
    const char *name = help_space_name(get());
    return name ? name : "";
  }
  std::size_t width() const noexcept { return help_space_width(get()); }
  std::size_t feature_count() const noexcept { return help_space_feature_count(get()); }
  std::uint64_t count() const noexcept { return help_space_count(get()); }
  std::string describe() const { return detail::text(help_space_describe, get()); }

  /// n different rows.
  Rows sample(std::size_t n, std::uint64_t seed = 0) const {
    Rows rows(n * width());
    check(help_space_sample(get(), seed, rows.data(), n, width()));
    return rows;
  }
  /// Reads one row from the space's usual text.
  Rows parse(const std::string &text) const {
    Rows row(width());
    check(help_arch_parse(get(), text.data(), text.size(), row.data()));
    return row;
  }
  /// The text of the row that starts at this pointer.
  std::string format(const std::int32_t *row) const {
    return detail::text(help_arch_format, get(), row);
  }
  /// Number of the first row outside the space; the number of rows if there is none.
  std::size_t first_outside(View<std::int32_t> rows) const {
    std::size_t bad = 0;
    const help_status status = help_arch_check(get(), rows.data(), count_of(rows), width(), &bad);
    if (status != HELP_ERR_ARCHITECTURE) check(status);
    return bad;
  }
  /// The same rows with one fixed value for genes that do not matter.
  Rows canonicalize(Rows rows) const {
    check(help_arch_canonicalize(get(), rows.data(), count_of(rows), width()));
    return rows;
  }
  /// The layers of the row that starts at this pointer, as JSON.
  std::string layers(const std::int32_t *row) const {
    return detail::text(help_arch_layers, get(), row);
  }
  /// Multiply-accumulate operations of each row.
  Numbers macs(View<std::int32_t> rows) const {
    Numbers out(count_of(rows));
    check(help_arch_macs(get(), rows.data(), out.size(), width(), out.data()));
    return out;
  }
  /// Input of HELP's network: feature_count() numbers for each row.
  std::vector<float> encode(View<std::int32_t> rows) const {
    const std::size_t n = count_of(rows), features = feature_count();
    std::vector<float> out(n * features);
    check(help_arch_encode(get(), rows.data(), n, width(), out.data(), features));
    return out;
  }
  /// The rows, each gene changed with this probability.
  Rows mutate(View<std::int32_t> rows, double probability, std::uint64_t seed = 0) const {
    Rows out(rows.size());
    check(help_arch_mutate(get(), rows.data(), count_of(rows), width(), probability, seed,
                           out.data(), width()));
    return out;
  }
  /// A child of each pair: every gene from either parent.
  Rows crossover(View<std::int32_t> parents_a, View<std::int32_t> parents_b,
                 std::uint64_t seed = 0) const {
    const std::size_t n = count_of(parents_a);
    detail::same_count(count_of(parents_b), n, "second parents", "first ones");
    Rows out(parents_a.size());
    check(help_arch_crossover(get(), parents_a.data(), parents_b.data(), n, width(), seed,
                              out.data(), width()));
    return out;
  }
  /// Rows of architectures with these numbers in the benchmark.
  Rows from_index(View<std::uint64_t> indices) const {
    Rows out(indices.size() * width());
    check(help_arch_from_index(get(), indices.data(), indices.size(), out.data(), width()));
    return out;
  }
  /// Numbers of these rows in the benchmark.
  std::vector<std::uint64_t> to_index(View<std::int32_t> rows) const {
    std::vector<std::uint64_t> out(count_of(rows));
    check(help_arch_to_index(get(), rows.data(), out.size(), width(), out.data()));
    return out;
  }
  /// A cost of each row by its name, "parameters" for instance (help_arch_costs).
  Numbers costs(View<std::int32_t> rows, const char *cost) const {
    Numbers out(count_of(rows));
    check(help_arch_costs(get(), rows.data(), out.size(), width(), cost, out.data()));
    return out;
  }
  /// Number of rows; throws if the last one is incomplete.
  std::size_t count_of(View<std::int32_t> rows) const { return detail::count(rows, width()); }
};

/// A flag that stops a search or a training from another thread.
class Cancel : public detail::Handle<help_cancel, help_cancel_free> {
public:
  using Handle::Handle;
  static Cancel make() { return detail::make<Cancel>(help_cancel_new); }
  void request() const noexcept { help_cancel_request(get()); }
};

/// Accuracy of architectures, as a model that the library runs itself.
class Accuracy : public detail::Handle<help_accuracy, help_accuracy_free> {
public:
  using Handle::Handle;
  static Accuracy load(const std::string &path) {
    return detail::make<Accuracy>(help_accuracy_load, path.c_str());
  }
  static Accuracy load(const void *data, std::size_t size) {
    return detail::make<Accuracy>(help_accuracy_load_memory, data, size);
  }
  void save(const std::string &path) const { check(help_accuracy_save(get(), path.c_str())); }
  /// The bytes of its file, for load().
  std::string write() const { return detail::text(help_accuracy_write, get()); }
  std::string describe() const { return detail::text(help_accuracy_describe, get()); }
  Space space() const { return detail::make<Space>(help_accuracy_space, get()); }

  /// Accuracy of each row.
  Numbers predict(View<std::int32_t> rows) const {
    const Space own = space();
    Numbers out(own.count_of(rows));
    check(help_accuracy_predict(get(), rows.data(), out.size(), own.width(), out.data()));
    return out;
  }
};

/// Options of Model::adapt with every default.
inline help_adapt_options adapt_options() {
  help_adapt_options options;
  check(help_adapt_options_init(&options, sizeof options));
  return options;
}

/// What a search found, best first.
struct Found {
  Rows archs;
  Numbers accuracy, latency_ms;
  help_search_report report;
  std::size_t size() const noexcept { return accuracy.size(); }
};

/// A search failed or was stopped; found() has the best results so far, perhaps none, and the
/// report.
class search_error : public error {
public:
  search_error(const error &reason, Found found)
      : error(reason), found_(std::make_shared<Found>(std::move(found))) {}
  const Found &found() const noexcept { return *found_; }

private:
  std::shared_ptr<const Found> found_; // exceptions are copied, and that must not throw
};

namespace detail {

// An exception must not cross the C library: it is kept, and a negative code returned.
template <typename Action>
help_status guarded(std::exception_ptr &thrown, Action action) noexcept {
  try {
    return action();
  } catch (...) {
    thrown = std::current_exception();
    return -1;
  }
}

template <typename Score> struct Scorer {
  Score &score;
  std::exception_ptr thrown;

  static help_status call(void *user, const std::int32_t *archs, std::size_t n, std::size_t stride,
                          double *out) noexcept {
    Scorer *self = static_cast<Scorer *>(user);
    return guarded(self->thrown, [=] {
      self->score(archs, n, stride, out);
      return help_status(HELP_OK);
    });
  }
};

// What on_progress was given, as a function that says whether to go on.
using Progress = std::function<bool(const help_progress &)>;

template <typename Told>
typename std::enable_if<
    std::is_same<bool, decltype(std::declval<Told &>()(std::declval<const help_progress &>()))>::value,
    Progress>::type
progress(Told told) {
  return Progress(std::move(told));
}
template <typename Told>
typename std::enable_if<
    std::is_void<decltype(std::declval<Told &>()(std::declval<const help_progress &>()))>::value,
    Progress>::type
progress(Told told) {
  return [told](const help_progress &now) mutable {
    told(now);
    return true;
  };
}

// A help_progress_fn for the duration of a call.
struct Watcher {
  const Progress &progress;
  std::exception_ptr thrown;

  static help_status call(void *user, const help_progress *now) noexcept {
    Watcher *self = static_cast<Watcher *>(user);
    return guarded(self->thrown, [=] {
      return help_status(self->progress(*now) ? HELP_OK : HELP_ERR_CANCELLED);
    });
  }
  /// Sets an option structure's fields, unless there is nothing to call.
  template <typename Options> void watch(Options &options) {
    if (!progress) return;
    options.progress = call;
    options.progress_user = this;
  }
  void rethrow() const {
    if (thrown) std::rethrow_exception(thrown);
  }
};

template <typename One> struct Each {
  mutable One one;
  void operator()(const std::int32_t *archs, std::size_t n, std::size_t stride, double *out) const {
    for (std::size_t i = 0; i < n; i++) out[i] = one(archs + i * stride);
  }
};

} // namespace detail

/// Turns a function that scores one row, double(const int32_t *), into one for search().
template <typename One> detail::Each<One> each(One one) { return {std::move(one)}; }

/// Options of a search: the fields of help_search_options with every default, and what owns memory.
class SearchOptions : public help_search_options {
public:
  SearchOptions() : SearchOptions(HELP_PRESET_STANDARD) {}
  /// The settings of a published search.
  explicit SearchOptions(help_preset preset) : help_search_options() {
    check(help_search_options_preset(this, sizeof(help_search_options), preset));
  }
  SearchOptions(const help_search_options &plain) : help_search_options(plain) {}

  /// Limits in addition to the search's own, from help::Limit.
  SearchOptions &within(std::vector<help_limit> more) {
    limits_ = std::move(more);
    return *this;
  }
  /// Rows to choose from.
  SearchOptions &among(Rows rows) {
    among_ = std::move(rows);
    return *this;
  }
  /// Rows to begin the first population with.
  SearchOptions &begin_with(Rows rows) {
    begin_with_ = std::move(rows);
    return *this;
  }
  /// Called with a const help_progress & after every generation.  It may return a bool: false
  /// stops the search with HELP_ERR_CANCELLED.  What it throws leaves the search.
  template <typename Told> SearchOptions &on_progress(Told told) {
    progress_ = detail::progress(std::move(told));
    return *this;
  }
  /// A flag that stops the search; it lives until the search has returned.
  SearchOptions &stop_with(const Cancel &flag) {
    cancel = flag.get();
    return *this;
  }

  const detail::Progress &progress_function() const noexcept { return progress_; }
  /// The structure for help.h; it points into this object.
  help_search_options plain(std::size_t width) const {
    help_search_options options = *this;
    if (!limits_.empty()) {
      options.limits = limits_.data();
      options.limit_count = limits_.size();
    }
    if (!among_.empty()) {
      options.candidates = among_.data();
      options.candidate_count = detail::count(among_, width);
      options.candidate_stride = width;
    }
    if (!begin_with_.empty()) {
      options.warm_start = begin_with_.data();
      options.warm_start_count = detail::count(begin_with_, width);
      options.warm_start_stride = width;
    }
    return options;
  }

private:
  std::vector<help_limit> limits_;
  Rows among_, begin_with_;
  detail::Progress progress_;
};

namespace detail {

// Room for what a search writes, and what it wrote.
struct Results {
  Found found;
  std::size_t width, count;

  Results(std::size_t top_k, std::size_t width_)
      : found{Rows(top_k * width_), Numbers(top_k), Numbers(top_k), help_search_report()},
        width(width_), count(0) {
    found.report.struct_size = sizeof found.report;
  }
  /// What was found, or a search_error with it.
  Found take(help_status status) {
    found.archs.resize(count * width);
    found.accuracy.resize(count);
    found.latency_ms.resize(count);
    try {
      check(status);
    } catch (const error &reason) {
      throw search_error(reason, std::move(found));
    }
    return std::move(found);
  }
};

} // namespace detail

/// Latency of every architecture of a space on one device.
class Predictor : public detail::Handle<help_predictor, help_predictor_free> {
public:
  explicit Predictor(help_predictor *raw = nullptr) : Handle(raw), width_(raw ? space().width() : 0) {}
  static Predictor load(const std::string &path) {
    return detail::make<Predictor>(help_predictor_load, path.c_str());
  }
  static Predictor load(const void *data, std::size_t size) {
    return detail::make<Predictor>(help_predictor_load_memory, data, size);
  }
  /// A predictor of its measurements and these (help_predictor_update); this one stays as it is.
  Predictor update(View<std::int32_t> rows, View<double> latency_ms) const {
    const std::size_t n = detail::count(rows, width_);
    detail::same_count(latency_ms.size(), n, "latencies", "architectures");
    return detail::make<Predictor>(help_predictor_update, get(), rows.data(), n, width_,
                                   latency_ms.data());
  }
  /// Numbers of the pool's rows to measure next, most informative first.
  std::vector<std::size_t> select(View<std::int32_t> pool, std::size_t want = 10) const {
    std::vector<std::size_t> chosen(want);
    check(help_predictor_select(get(), pool.data(), detail::count(pool, width_), width_, want,
                                chosen.data()));
    return chosen;
  }
  /// The predictor as a constant and a number for each choice, as JSON (help_predictor_table).
  std::string table() const { return detail::text(help_predictor_table, get()); }
  void save(const std::string &path) const { check(help_predictor_save(get(), path.c_str())); }
  /// The bytes of its file, for load().
  std::string write() const { return detail::text(help_predictor_write, get()); }
  std::string describe() const { return detail::text(help_predictor_describe, get()); }
  Space space() const { return detail::make<Space>(help_predictor_space, get()); }

  /// Milliseconds of each row.
  Numbers predict(View<std::int32_t> rows) const {
    Numbers latency_ms(detail::count(rows, width_));
    predict(rows.data(), latency_ms.size(), width_, latency_ms.data());
    return latency_ms;
  }
  /// Milliseconds, and standard deviations unless NULL, into the caller's memory without
  /// allocating; see help_predict.
  void predict(const std::int32_t *archs, std::size_t n, std::size_t stride, double *latency_ms,
               double *std_ms = nullptr) const {
    check(help_predict(get(), archs, n, stride, latency_ms, std_ms));
  }
  /// Lower and upper ends of the central interval in which a measurement of each row falls
  /// with this probability.
  std::pair<Numbers, Numbers> interval(View<std::int32_t> rows, double level = 0.9) const {
    const std::size_t n = detail::count(rows, width_);
    std::pair<Numbers, Numbers> ends{Numbers(n), Numbers(n)};
    check(help_predict_interval(get(), rows.data(), n, width_, level, ends.first.data(),
                                ends.second.data()));
    return ends;
  }

  /// Probability that a measurement of each row is below one of its partner (help_predict_compare).
  Numbers probability_faster(View<std::int32_t> rows, View<std::int32_t> than) const {
    const std::size_t n = detail::count(rows, width_);
    detail::same_count(detail::count(than, width_), n, "partners", "architectures");
    Numbers probability(n);
    check(help_predict_compare(get(), rows.data(), than.data(), n, width_, probability.data()));
    return probability;
  }

  /// The most accurate architectures within limit_ms.  score(archs, n, stride, out) is called
  /// like a help_accuracy_fn but returns nothing; an exception that it or on_progress throws ends
  /// the search and is rethrown here.  Every other failure is a search_error.
  template <typename Score, typename = typename std::enable_if<!std::is_same<
                                Accuracy, typename std::decay<Score>::type>::value>::type>
  Found search(double limit_ms, Score &&score, const SearchOptions &options = SearchOptions(),
               std::size_t top_k = 10) const {
    using Scorer = detail::Scorer<typename std::remove_reference<Score>::type>;
    Scorer scorer{score, nullptr};
    return run(limit_ms, Scorer::call, &scorer, options, top_k, &scorer.thrown);
  }
  /// The same search, scored by an accuracy model that the library runs itself.
  Found search(double limit_ms, const Accuracy &accuracy,
               const SearchOptions &options = SearchOptions(), std::size_t top_k = 10) const {
    return run(limit_ms, help_accuracy_score, accuracy.get(), options, top_k, nullptr);
  }
  /// The front of accuracy and latency, most accurate first; score as in search().
  template <typename Score>
  Found front(Score &&score, SearchOptions options = SearchOptions(), std::size_t top_k = 1000,
              double limit_ms = std::numeric_limits<double>::infinity()) const {
    options.objective = HELP_OBJECTIVE_PARETO;
    return search(limit_ms, std::forward<Score>(score), options, top_k);
  }

private:
  Found run(double limit_ms, help_accuracy_fn score, void *user, const SearchOptions &options,
            std::size_t top_k, std::exception_ptr *thrown) const {
    detail::Results results(top_k, width_);
    detail::Watcher watcher{options.progress_function(), nullptr};
    help_search_options plain = options.plain(width_);
    watcher.watch(plain);
    Found &found = results.found;
    const help_status status =
        help_search(get(), limit_ms, score, user, &plain, top_k, found.archs.data(), width_,
                    found.accuracy.data(), found.latency_ms.data(), &results.count, &found.report);
    if (thrown && *thrown) std::rethrow_exception(*thrown);
    watcher.rethrow();
    return results.take(status);
  }

  std::size_t width_;
};

/// Limits of a search in addition to its limit_ms: a largest value, a smallest, or both.
struct Limit {
  static constexpr double none() { return std::numeric_limits<double>::infinity(); }
  /// Latency on another device, whose predictor lives until the search has returned.
  static help_limit latency(const Predictor &device, double maximum_ms, double minimum_ms = 0,
                            double confidence = 0) {
    return {sizeof(help_limit), HELP_LIMIT_LATENCY, 0, minimum_ms, maximum_ms, device.get(),
            confidence};
  }
  /// Multiply-accumulate operations.
  static help_limit macs(double maximum, double minimum = 0) {
    return {sizeof(help_limit), HELP_LIMIT_MACS, 0, minimum, maximum, nullptr, 0};
  }
  /// Weights, biases, and scales and shifts of normalization.
  static help_limit parameters(double maximum, double minimum = 0) {
    return {sizeof(help_limit), HELP_LIMIT_PARAMETERS, 0, minimum, maximum, nullptr, 0};
  }
};

/// A search whose loop is the caller's:
///
///     help::Evolver evolver = help::Evolver::make(phone, 20.0);
///     for (help::Rows rows = evolver.ask(); !rows.empty(); rows = evolver.ask())
///       evolver.tell(accuracies_of(rows));
///     help::Found found = evolver.results();
class Evolver : public detail::Handle<help_evolver, help_evolver_free> {
public:
  explicit Evolver(help_evolver *raw = nullptr) : Handle(raw), width_(raw ? space().width() : 0) {}
  /// It remembers top_k results.  on_progress of the options is not called.
  static Evolver make(const Predictor &predictor, double limit_ms,
                      const SearchOptions &options = SearchOptions(), std::size_t top_k = 10) {
    const help_search_options plain = options.plain(predictor.space().width());
    return detail::make<Evolver>(help_evolver_new, predictor.get(), limit_ms, &plain, top_k);
  }
  static Evolver load(const std::string &path) {
    return detail::make<Evolver>(help_evolver_load, path.c_str());
  }
  static Evolver load(const void *data, std::size_t size) {
    return detail::make<Evolver>(help_evolver_load_memory, data, size);
  }
  void save(const std::string &path) const { check(help_evolver_save(get(), path.c_str())); }
  /// The bytes of its file, for load().
  std::string write() const { return detail::text(help_evolver_write, get()); }
  std::string describe() const { return detail::text(help_evolver_describe, get()); }
  Space space() const { return detail::make<Space>(help_evolver_space, get()); }
  Predictor predictor() const { return detail::make<Predictor>(help_evolver_predictor, get()); }

  /// The rows to score next, none if the search has ended; the same ones until tell().
  Rows ask() {
    const std::size_t capacity = help_evolver_batch(get());
    std::size_t n = 0;
    Rows rows(capacity * width_);
    check(help_evolver_ask(get(), rows.data(), capacity, width_, nullptr, &n));
    rows.resize(n * width_);
    return rows;
  }
  /// Accuracies of the rows asked for, -INFINITY for one that failed.
  void tell(View<double> accuracy) {
    check(help_evolver_tell(get(), accuracy.data(), accuracy.size()));
  }
  /// The best so far, at most as many as make() was told to remember.
  Found results(std::size_t top_k = 10) const {
    detail::Results results(top_k, width_);
    Found &found = results.found;
    return results.take(help_evolver_results(get(), top_k, found.archs.data(), width_,
                                             found.accuracy.data(), found.latency_ms.data(),
                                             &results.count, &found.report));
  }
  /// A flag that stops ask(), in place of the one before.
  void stop_with(const Cancel &flag) { check(help_evolver_set_cancel(get(), flag.get())); }

private:
  std::size_t width_;
};

/// A meta-trained model.
class Model : public detail::Handle<help_model, help_model_free> {
public:
  using Handle::Handle;
  static Model load(const std::string &path) {
    return detail::make<Model>(help_load, path.c_str());
  }
  static Model load(const void *data, std::size_t size) {
    return detail::make<Model>(help_load_memory, data, size);
  }
  /// A model of a space from its description alone (help_model_from_space).
  static Model of(const Space &space) {
    return detail::make<Model>(help_model_from_space, space.get());
  }
  void save(const std::string &path) const { check(help_model_save(get(), path.c_str())); }
  /// The bytes of its file, for load().
  std::string write() const { return detail::text(help_model_write, get()); }
  std::string describe() const { return detail::text(help_model_describe, get()); }
  Space space() const { return detail::make<Space>(help_model_space, get()); }

  /// The reference architectures, to be measured on a device.
  Rows references() const {
    const std::size_t width = space().width();
    Rows rows(help_model_reference_count(get()) * width);
    check(help_model_references(get(), rows.data(), width));
    return rows;
  }
  /// Numbers of the pool's rows to measure instead, most informative first, given rows that are
  /// measured already.
  std::vector<std::size_t> select(View<std::int32_t> pool, std::size_t want = 10,
                                  View<std::int32_t> measured = View<std::int32_t>()) const {
    const Space own = space();
    std::vector<std::size_t> chosen(want);
    check(help_select(get(), pool.data(), own.count_of(pool), own.width(), measured.data(),
                      own.count_of(measured), own.width(), want, chosen.data()));
    return chosen;
  }
  /// Length of one draw of the task modulation z, for help_adapt_options.noise.
  std::size_t noise_count() const noexcept { return help_model_noise_count(get()); }
  /// A predictor of the device on which these rows have these latencies.
  Predictor adapt(View<std::int32_t> rows, View<double> latency_ms,
                  const help_adapt_options &options = adapt_options()) const {
    const Space own = space();
    const std::size_t n = own.count_of(rows);
    detail::same_count(latency_ms.size(), n, "latencies", "architectures");
    return detail::make<Predictor>(help_adapt, get(), rows.data(), n, own.width(),
                                   latency_ms.data(), &options);
  }
};

/// Options of a training: the fields of help_train_options with every default.
class TrainOptions : public help_train_options {
public:
  TrainOptions() : help_train_options() {
    check(help_train_options_init(this, sizeof(help_train_options)));
  }
  /// As SearchOptions::on_progress, after every episode.
  template <typename Told> TrainOptions &on_progress(Told told) {
    progress_ = detail::progress(std::move(told));
    return *this;
  }
  /// A flag that stops the training; it lives until the training has returned.
  TrainOptions &stop_with(const Cancel &flag) {
    cancel = flag.get();
    return *this;
  }
  const detail::Progress &progress_function() const noexcept { return progress_; }

private:
  detail::Progress progress_;
};

/// Latencies of many devices, to train a model on.
class Dataset : public detail::Handle<help_dataset, help_dataset_free> {
public:
  explicit Dataset(help_dataset *raw = nullptr, std::size_t count = 0) : Handle(raw), count_(count) {}
  /// A table of different architectures as rows.
  static Dataset make(const Space &space, View<std::int32_t> rows) {
    const std::size_t n = space.count_of(rows);
    Dataset made = detail::make<Dataset>(help_dataset_new, space.get(), rows.data(), n, space.width());
    made.count_ = n;
    return made;
  }
  /// A device's latencies in the rows' order, NaN where not measured.
  void add_device(const std::string &name, View<double> latency_ms,
                  help_device_role role = HELP_DEVICE_TRAIN) {
    detail::same_count(latency_ms.size(), count_, "latencies", "architectures");
    check(help_dataset_add_device(get(), name.c_str(), role, latency_ms.data()));
  }
  /// Which rows are the references.
  void set_references(View<std::size_t> rows) {
    check(help_dataset_set_references(get(), rows.data(), rows.size()));
  }
  /// A model of these devices.  What on_progress throws ends the training and is rethrown here.
  Model train(const TrainOptions &options = TrainOptions()) const {
    detail::Watcher watcher{options.progress_function(), nullptr};
    help_train_options plain = options;
    watcher.watch(plain);
    help_model *raw = nullptr;
    const help_status status = help_meta_train(get(), &plain, &raw);
    watcher.rethrow();
    check(status);
    return Model(raw);
  }

private:
  std::size_t count_;
};

/// Scores of predictions against the truth.
inline help_scores score(View<double> predicted, View<double> truth) {
  detail::same_count(predicted.size(), truth.size(), "predictions", "true values");
  help_scores scores = help_scores();
  scores.struct_size = sizeof scores;
  check(help_score(predicted.data(), truth.data(), truth.size(), &scores));
  return scores;
}
/// Spearman correlation between every two of m devices, an m by m matrix; latency_ms has the
/// devices one after another, the same number of latencies of each.
inline Numbers monotonicity(View<double> latency_ms, std::size_t m) {
  if (m == 0 || latency_ms.size() % m != 0)
    throw error(HELP_ERR_ARGUMENT, std::to_string(latency_ms.size()) + " latencies are not those of " +
                                       std::to_string(m) + " devices");
  const std::size_t n = latency_ms.size() / m;
  Numbers out(m * m);
  check(help_monotonicity(latency_ms.data(), m, n, n, out.data()));
  return out;
}
/// Whether one device can serve as a proxy for another; see help_proxy_test.
inline help_proxy_report proxy_test(View<double> proxy_ms, View<double> target_ms,
                                    double threshold = 0.9, double level = 0.9) {
  detail::same_count(proxy_ms.size(), target_ms.size(), "latencies of the proxy", "of the target");
  help_proxy_report report = help_proxy_report();
  report.struct_size = sizeof report;
  check(help_proxy_test(proxy_ms.data(), target_ms.data(), target_ms.size(), threshold, level,
                        &report));
  return report;
}

} // namespace help
#endif // HELP_HPP
