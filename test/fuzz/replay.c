/*
 * Runs a fuzz target over the files that are given: for machines without libFuzzer, and for the
 * tests of every commit.  Prints a line per file; a fault ends the program.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

extern int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
run_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	uint8_t *bytes = malloc((size_t) 1 << 20);
	size_t n;

	if (file == NULL || bytes == NULL)
	{
		(void) fprintf(stderr, "cannot read %s\n", path);
		exit(2);
	}
	n = fread(bytes, 1, (size_t) 1 << 20, file);
	(void) fclose(file);
	(void) LLVMFuzzerTestOneInput(bytes, n);
	free(bytes);
	(void) printf("ok %s\n", path);
	(void) fflush(stdout);
}

int
main(int n_args, char **args)
{
	for (int i = 1; i < n_args; i++)
		run_file(args[i]);
	return n_args > 1 ? 0 : 2;
}
