/* The host's process: every verb, with success and with failure, while the numbers of
 * the locale have a comma, if there is such a locale; stdout and stderr stay empty, the
 * locale stays, and a file saved in one locale reads in another. */
#include "check.h"

#include <locale.h>

static help_buffer describe_all(const help_model *model, const help_predictor *predictor) {
  help_space *space = NULL;
  help_buffer text = HELP_BUFFER_INIT, bytes = HELP_BUFFER_INIT;
  CHECK_OK(help_model_space(model, &space));
  CHECK_OK(help_space_describe(space, &text));
  CHECK(text.size == strlen(text.data) && text.data[0] == '{');
  help_buffer_free(&text);
  CHECK_OK(help_model_describe(model, &text));
  CHECK(text.size == strlen(text.data) && text.data[0] == '{');
  help_buffer_free(&text);
  CHECK_OK(help_predictor_write(predictor, &bytes));
  help_space_free(space);
  CHECK_OK(help_predictor_describe(predictor, &text));
  CHECK(text.size == strlen(text.data) && text.data[0] == '{');
  help_buffer_free(&text);
  return bytes;
}

static help_buffer run(const char *path) {
  help_model *model = NULL, *trained = NULL;
  MUST(help_load(path, &model));
  help_predictor *predictor = adapt(model, 3), *again = NULL;
  help_space *space = NULL;
  MUST(help_model_space(model, &space));

  int32_t best[GENES];
  double accuracy, latency, same;
  size_t found;
  help_search_options search;
  CHECK_OK(help_search_options_init(&search, sizeof search));
  search.strategy = HELP_SEARCH_EVOLVE;
  search.population = 10;
  search.generations = 5;
  search.attempts = 100;
  CHECK_OK(help_search(predictor, INFINITY, score_macs, space, &search, 1, best, GENES, &accuracy, &latency,
                       &found, NULL));
  CHECK_STATUS(HELP_ERR_INFEASIBLE, help_search(predictor, 1e-6, score_macs, space, &search, 1, best, GENES,
                                                &accuracy, &latency, &found, NULL));
  help_evolver *evolver = NULL, *loaded = NULL;
  help_buffer saved = HELP_BUFFER_INIT;
  search.objective = HELP_OBJECTIVE_PARETO;
  CHECK_OK(help_evolver_new(predictor, 1e-6, &search, 1, &evolver));
  int32_t rows[10 * GENES];
  CHECK_STATUS(HELP_ERR_INFEASIBLE, help_evolver_ask(evolver, rows, 10, GENES, NULL, &found));
  CHECK_OK(help_evolver_write(evolver, &saved));
  CHECK_OK(help_evolver_load_memory(saved.data, saved.size, &loaded));
  help_buffer_free(&saved);
  CHECK_OK(help_evolver_describe(loaded, &saved));
  CHECK(strstr(saved.data, "1e-06") != NULL && saved.data[0] == '{');
  help_buffer_free(&saved);
  help_evolver_free(loaded);
  help_evolver_free(evolver);
  help_dataset *dataset = make_dataset(space, 200, 4);
  help_train_options options = quick_training();
  CHECK_OK(help_meta_train(dataset, &options, &trained));

  help_buffer bytes = describe_all(model, predictor);
  CHECK_OK(help_predictor_load_memory(bytes.data, bytes.size, &again));
  CHECK_OK(help_predict(again, best, 1, GENES, &same, NULL));
  CHECK(same == latency);
  CHECK_STATUS(HELP_ERR_IO, help_load("/nonexistent/model", &model));
  CHECK_STATUS(HELP_ERR_FORMAT, help_load_memory("nonsense", 8, &model));

  help_predictor_free(again);
  help_dataset_free(dataset);
  help_model_free(trained);
  help_space_free(space);
  help_predictor_free(predictor);
  help_model_free(model);
  return bytes;
}

int main(int argc, char **argv) {
  start();
  if (argc < 2) return 2;
  help_buffer plain = run(argv[1]);
  static const char *const commas[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "de_DE.utf8", "fr_FR.utf8"};
  const char *locale = NULL;
  for (int i = 0; i < 4 && locale == NULL; i++) locale = setlocale(LC_ALL, commas[i]);
  if (locale != NULL) {
    char before[200];
    snprintf(before, sizeof before, "%s", setlocale(LC_ALL, NULL));
    help_buffer german = run(argv[1]);
    CHECK(german.size == plain.size && memcmp(german.data, plain.data, plain.size) == 0);
    help_buffer_free(&german);
    CHECK(strcmp(before, setlocale(LC_ALL, NULL)) == 0);
  }
  help_buffer_free(&plain);
  return finish();
}
