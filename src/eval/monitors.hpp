#pragma once
// Signs of health that need no labels, from the embeddings of a fixed sample of pictures.

#include "eval/table.hpp"

namespace simclr {

// Mean over dimensions of the standard deviation of unit rows, times sqrt(width): about 1 when healthy,
// 0 when collapsed (SimSiam, arXiv 2011.10566, section 4.1).
double std_of_unit_rows(const Table& z);

// exp of the entropy of the normalised singular values (RankMe, arXiv 2210.02885): 1 .. min(rows, width).
double effective_rank(const Table& x);

// Mean squared distance of the two views' unit rows (arXiv 2005.10242, eq. 1, alpha 2): 0 is perfect.
double alignment(const Table& first, const Table& second);

// log of the mean of exp(-2 |a - b|^2) over pairs of unit rows (eq. 2, t 2): 0 collapsed, about -4 uniform.
double uniformity(const Table& z);

}  // namespace simclr
