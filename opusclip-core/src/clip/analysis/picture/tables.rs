//! Weights of the logistic models.
//!
//! Fitted to what was measured on montages with known boundaries: seeded, of generated scenes and of single takes, joined
//! by cuts, dissolves, fades and wipes of many shapes, with flashes, strobes, shakes, pans, zooms, passing objects and
//! changes of light planted between (`benches/quality` makes such). Each line holds the weight, and the range of values
//! that were seen. Measures are taken as they are, so weights compare only within one line of measures.

use super::model::Logistic;

/// Is the change between two frames a cut? Measures of `cuts.rs`.
#[rustfmt::skip]
pub(super) const CUT: Logistic<14> = Logistic {
    bias: -5.618,
    terms: [
        (0.776, 1.843, 5.645), // size
        (0.766, -0.423, 6.088), // over the mean beside
        (0.347, -2.418, 6.041), // over the greatest beside
        (0.587, -2.893, 5.219), // over the greatest around
        (0.891, -1.280, 5.579), // over the third greatest around
        (-1.514, 0.134, 1.000), // share that motion leaves
        (0.634, 0.864, 4.968), // what motion leaves
        (0.568, -0.369, 5.716), // the same over its neighbours
        (0.771, 0.725, 1.000), // least across
        (1.027, 0.001, 6.089), // across over inside
        (-3.455, -0.470, 0.929), // correlation
        (-1.833, 0.049, 1.450), // share that light leaves
        (1.829, 0.005, 1.000), // histograms
        (-0.668, 0.044, 1.117), // contrast
    ],
};

/// Is a stretch a dissolve? Measures of `describe.rs`.
#[rustfmt::skip]
pub(super) const DISSOLVE: Logistic<26> = Logistic {
    bias: -1.515,
    terms: [
        (1.705, 2.617, 5.609), // size
        (-5.480, 0.349, 1.000), // directness
        (-1.873, 0.000, 0.163), // detour
        (-13.994, 0.005, 0.396), // unmixed
        (335.367, 0.000, 0.073), // back
        (-11.575, 0.028, 0.496), // jump
        (-4.960, 0.003, 0.205), // bent
        (-1.524, -0.730, 1.000), // correlation
        (5.907, 0.008, 1.194), // share that light leaves
        (-0.822, 0.263, 0.996), // share that motion leaves
        (1.430, 2.035, 4.674), // what motion leaves
        (4.513, 0.206, 1.000), // share that motion leaves of a step
        (-4.463, -4.017, 0.193), // outside over inside
        (-5.880, 0.417, 1.000), // changed
        (9.290, 0.004, 0.204), // spread
        (0.322, 0.114, 1.441), // rough
        (27.678, 0.184, 0.338), // halfway
        (5.496, 0.000, 0.512), // beyond
        (0.442, -1.491, 0.726), // length
        (-16.169, 0.473, 1.000), // least contrast
        (-4.437, 0.071, 1.154), // contrast
        (3.163, 0.082, 1.000), // histograms
        (1.371, 0.611, 3.986), // step
        (2.327, 0.145, 0.408), // peaked
        (1.746, 0.002, 0.367), // spread of peaks
        (-1.227, 0.002, 1.185), // rough peaks
    ],
};

/// Is a stretch a wipe? Measures of `describe.rs`.
#[rustfmt::skip]
pub(super) const WIPE: Logistic<26> = Logistic {
    bias: -37.297,
    terms: [
        (0.955, 3.222, 5.726), // size
        (-0.693, 0.243, 0.989), // directness
        (-6.872, 0.004, 0.348), // detour
        (0.943, 0.309, 0.664), // unmixed
        (-11.977, 0.000, 0.125), // back
        (-3.356, 0.044, 0.570), // jump
        (2.012, 0.012, 0.339), // bent
        (-0.637, -0.693, 0.947), // correlation
        (3.393, 0.107, 1.123), // share that light leaves
        (-1.362, 0.254, 0.920), // share that motion leaves
        (1.118, 2.089, 4.588), // what motion leaves
        (6.260, 0.116, 0.944), // share that motion leaves of a step
        (-1.520, -3.611, 0.145), // outside over inside
        (8.351, 0.614, 1.000), // changed
        (2.550, 0.174, 0.394), // spread
        (1.001, 0.059, 0.921), // rough
        (-12.289, 0.013, 0.176), // halfway
        (8.258, 0.000, 0.071), // beyond
        (0.605, -1.622, 0.676), // length
        (10.924, 0.824, 1.000), // least contrast
        (-3.049, 0.168, 1.146), // contrast
        (8.661, 0.083, 0.975), // histograms
        (0.539, 1.799, 4.388), // step
        (0.803, 0.267, 0.939), // peaked
        (15.687, 0.202, 0.322), // spread of peaks
        (-4.973, 0.040, 0.739), // rough peaks
    ],
};

/// Do two frames lie in different shots? Measures of `compare.rs`.
#[rustfmt::skip]
pub(super) const APART: Logistic<8> = Logistic {
    bias: -7.680,
    terms: [
        (-2.223, 0.411, 5.879), // size
        (2.448, 0.386, 5.873), // coarse size
        (0.655, 0.220, 5.210), // what motion leaves
        (0.939, 0.082, 1.000), // share that motion leaves
        (-3.636, -0.743, 1.000), // correlation
        (4.114, 0.000, 1.476), // share that light leaves
        (10.445, 0.004, 1.000), // histograms
        (-0.359, 0.000, 1.216), // contrast
    ],
};
