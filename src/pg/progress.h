/*
 * How far a training is, for other sessions to see.
 *
 * The figures stand in this backend's progress slots, which the server keeps in
 * shared memory for VACUUM and others; the command's number is ours, so that
 * none of the server's own views shows them.  They end with the transaction.
 */
#ifndef MLOPS_PROGRESS_H
#define MLOPS_PROGRESS_H

/* What a training is doing; in the order of the words in progress.c. */
typedef enum MlopsPhase
{
	MLOPS_PHASE_READING,
	MLOPS_PHASE_PREPARING,
	MLOPS_PHASE_SEARCHING,
	MLOPS_PHASE_GROWING,
	MLOPS_PHASE_EVALUATING,
	MLOPS_PHASE_STORING,
} MlopsPhase;

extern void mlops_progress_begin(void);
extern void mlops_progress_end(void);

/* Enter a phase, at the present time. */
extern void mlops_progress_phase(MlopsPhase phase);

extern void mlops_progress_rows(uint64 n_rows);

/* Trees to grow, and bytes that all of it is estimated to take. */
extern void mlops_progress_plan(uint32 n_trees, uint64 n_bytes);

/* Processes at work beside this one. */
extern void mlops_progress_workers(int n_workers);
extern void mlops_progress_trees(uint32 n_done);

/*
 * From here on n_trees are grown for many forests, which plan and count their own
 * as usual; 0 ends that.  After each forest its trees are counted as searched.
 */
extern void mlops_progress_search(uint64 n_trees);
extern void mlops_progress_searched(uint32 n_trees);

#endif
