/*
 * Checked options: keys of a jsonb object and choices from a closed list.
 */
#ifndef MLOPS_ARGS_H
#define MLOPS_ARGS_H

#include "fmgr.h"
#include "nodes/pg_list.h"
#include "utils/array.h"
#include "utils/jsonb.h"
#include "utils/numeric.h"

/* One key that an options object may have. */
typedef struct MlopsOption
{
	const char *name;	 /* as it is stored */
	const char *aliases; /* other names with the same meaning, by spaces; or NULL */
	bool is_later;		 /* known, but not supported yet: 0A000 */
	const char *hint;	 /* known elsewhere with another meaning: 22023 with this hint; or NULL */
} MlopsOption;

/*
 * Check the keys of a jsonb object and find their values.
 *
 *   what      what an option is called in messages, such as "hyperparameter"
 *   object    an object; NULL means {}
 *   options   [n_options]
 *   values    OUT [n_options] palloc'd value of each key, NULL if absent or null
 *
 * An unknown key, a key beside its alias, or something else than an object is 22023.
 */
extern void mlops_args_read_options(const char *what, Jsonb *object, const MlopsOption *options,
									int n_options, JsonbValue **values);

/* Position of the option with this name or alias, -1 if there is none. */
extern int mlops_args_find_option(const char *key, const MlopsOption *options, int n_options);

/* Number of an option; 22023 if the value is something else.  name is for the message. */
extern double mlops_args_number(const char *name, const JsonbValue *value);

/* The score from which two classes are told apart, where nothing else is said. */
#define MLOPS_DEFAULT_CUTOFF 0.5

/* Argument i of a call, a cutoff; 22023 for NULL, NaN or a number outside 0 to 1. */
extern double mlops_args_cutoff(FunctionCallInfo fcinfo, int i);

/* Whole number of an option within limits; 22023 otherwise. */
extern int64 mlops_args_integer(const char *name, const JsonbValue *value, int64 least,
								int64 greatest);

/* Truth value of an option; 22023 if the value is something else. */
extern bool mlops_args_bool(const char *name, const JsonbValue *value);

/* Text of an option, palloc'd; 22023 if the value is something else. */
extern char *mlops_args_text(const char *name, const JsonbValue *value);

/* Names (char *) of a text[] argument, palloc'd; 22023 for a NULL among them. */
extern List *mlops_args_names(const char *name, ArrayType *array);

/*
 * A finite number with all its digits, so that it reads back as the same, palloc'd; the setting
 * extra_float_digits plays no part.
 */
extern Numeric mlops_args_numeric(double number);

/*
 * Position of a word in a closed list; 22023 with the nearest or all legal words.
 *
 *   choices   [n_choices]
 */
extern int mlops_args_choice(const char *name, const char *word, const char *const *choices,
							 int n_choices);

/*
 * Raise 22023 for a name that a model cannot have, also for NULL: names stand in references, so they
 * have no @.
 */
extern void mlops_args_check_model_name(const char *model);

#endif
