-- Individual change, and for whom a treatment works: individual_change.csv, by R.
-- Placebo amplification trial (BDI, 4 times) and Beat the Blues (BDI-II before and after 2, 3, 5 and 8 months).
-- Not covered: the btheb_long rows. They are a mixed model by maximum likelihood (lmer) and generalised estimating
-- equations with exchangeable correlation (geepack); no function here claims either. Within persons, arm, drug, length and
-- the score before are constants, so a fixed-effects fit has no such coefficients; the analysis of covariance at each time
-- is what answers the question here.
-- Further moderators, and classes by arm, by R's lm:
-- R: b <- read.csv(file.path(commandArgs(TRUE)[1], "btheb_wide.csv"))
-- R: b <- transform(b, tau = as.numeric(treatment == "TAU"), yes = as.numeric(drug == "Yes"), long = as.numeric(length == ">6m"))
-- R: show <- function(label, m) { s <- coef(summary(m)); cat(sprintf("%s, %s, %s;%.17g\n", label, rep(rownames(s), 2), rep(c("est", "se"), each = nrow(s)), s[, 1:2]), sep = "") }
-- R: show("duration", lm(bdi_2m ~ bdi_pre + tau * long, b))
-- R: show("both", lm(bdi_2m ~ bdi_pre + yes + long + tau + tau:yes + tau:long, b))
-- R: show("effects", lm(bdi_2m ~ bdi_pre + long + I(tau * (1 - long)) + I(tau * long), b))
-- R: s <- b[!is.na(b$bdi_2m), ]; e <- sqrt(2) * sd(s$bdi_pre) * sqrt(1 - .86); rc <- (s$bdi_2m - s$bdi_pre) / e
-- R: cut <- mean(s$bdi_pre) - 2 * sd(s$bdi_pre)
-- R: class <- ifelse(rc < -1.96, ifelse(s$bdi_pre >= cut & s$bdi_2m < cut, "recovered", "improved"), ifelse(rc > 1.96, "deteriorated", "unchanged"))
-- R: t <- table(s$treatment, class); for (a in rownames(t)) cat(sprintf("%s, %s;%d\n", a, colnames(t), t[a, ]), sep = "")
\ir include/tap.psql

CREATE TEMP TABLE golden (dataset text, analysis text, term text, est float8, se float8, lo float8, hi float8, extra text);
\set cmd '\\copy golden from ''' :oracle '/individual_change.csv'' with (format csv, header)'
:cmd
INSERT INTO want (name, value, tol)
SELECT concat_ws(', ', CASE WHEN dataset = 'claus_2020' THEN 'claus' ELSE split_part(analysis, ' ', 1) END,
	CASE WHEN analysis LIKE 'ANCOVA%' THEN right(analysis, 2) END, term, part.name), part.value, 1e-8
FROM golden, LATERAL (VALUES ('est', est), ('se', se), ('lo', lo), ('hi', hi)) part(name, value)
WHERE dataset <> 'btheb_long' AND part.value IS NOT NULL;

CREATE TEMP TABLE claus (id bigint, age text, sex text, treatment text, visit int, bdi float8, shaps text, who text, hamd text);
\set cmd '\\copy claus from ''' :data '/claus_2020.csv'' with (format csv, header, null '''')'
:cmd
CREATE TEMP TABLE btheb (
	id bigint, drug text, length text, treatment text, bdi_pre float8, bdi_2m float8, bdi_3m float8, bdi_5m float8, bdi_8m float8
);
\set cmd '\\copy btheb from ''' :data '/btheb_wide.csv'' with (format csv, header, null '''')'
:cmd

-- Jacobson and Truax: sd and mean before are those of the persons seen at both times, cut-off a two sd below the mean
CREATE TEMP TABLE seen AS
SELECT 'claus' AS label, 0.801 AS reliability, b.id, v.visit, v.bdi
FROM claus b JOIN claus a USING (id), LATERAL (VALUES (1, b.bdi), (4, a.bdi)) v(visit, bdi)
WHERE b.visit = 1 AND a.visit = 4 AND b.bdi IS NOT NULL AND a.bdi IS NOT NULL
UNION ALL
SELECT 'JT', 0.86, id, v.visit, v.bdi FROM btheb, LATERAL (VALUES (0, bdi_pre), (2, bdi_2m)) v(visit, bdi)
WHERE bdi_pre IS NOT NULL AND bdi_2m IS NOT NULL;
CREATE TEMP TABLE norm AS
SELECT label, reliability, count(*) AS n, stddev_samp(bdi) AS sd, avg(bdi) - 2 * stddev_samp(bdi) AS cutoff
FROM seen WHERE visit <= 1 GROUP BY label, reliability;
CREATE TEMP TABLE classed AS
SELECT label, id, visit, bdi, sd, mindgap.change_class(bdi, sd, reliability, cutoff) OVER w AS class,
	mindgap.change_from_previous(bdi) OVER w / nullif(mindgap.reliable_change(bdi, sd, reliability) OVER w, 0) AS s_diff
FROM seen JOIN norm USING (label, reliability) WINDOW w AS (PARTITION BY label, id ORDER BY visit);

SELECT pg_temp.meet(label || ', n, est', n), pg_temp.meet(label || ', cutoff, est', cutoff) FROM norm;
SELECT pg_temp.meet(label || ', s_diff, est', min(s_diff)), pg_temp.check(label || ': one standard error of the difference', max(s_diff), min(s_diff), 1e-12)
FROM (SELECT * FROM classed WHERE s_diff IS NOT NULL) c GROUP BY label;
SELECT pg_temp.meet(concat_ws(', ', n.label, k, 'est'), count(c.id))
FROM norm n CROSS JOIN unnest(ARRAY['recovered', 'improved', 'unchanged', 'deteriorated', 'harmed']) k
LEFT JOIN classed c ON c.label = n.label AND c.class = k GROUP BY n.label, k;

-- Beat the Blues: who was seen
SELECT pg_temp.meet(format('observed, %s, est', k), n)
FROM (SELECT count(bdi_pre), count(bdi_2m), count(bdi_3m), count(bdi_5m), count(bdi_8m) FROM btheb) c(a, b, c, d, e),
	LATERAL (VALUES ('pre', a), ('2m', b), ('3m', c), ('5m', d), ('8m', e)) v(k, n);

-- analysis of covariance at each time
SELECT pg_temp.meet(format('ANCOVA, %s, treatmentTAU, %s', k, v.part), v.value)
FROM (SELECT k, mindgap.moments_agg(y, ARRAY[bdi_pre, (treatment = 'TAU')::int]) AS s
	FROM btheb, LATERAL (VALUES ('2m', bdi_2m), ('3m', bdi_3m), ('8m', bdi_8m)) m(k, y) GROUP BY k) o,
	mindgap.regression(s, ARRAY['bdi_pre', 'tau']) r,
	LATERAL (VALUES ('est', r.estimate), ('se', r.std_error), ('lo', r.conf_low), ('hi', r.conf_high)) v(part, value)
WHERE r.term = 'tau';

-- for whom: change by arm, drug and both
SELECT pg_temp.meet(concat_ws(', ', 'moderator:', r.term, v.part), v.value)
FROM (SELECT mindgap.moments_agg(bdi_2m - bdi_pre, ARRAY[tau, yes, tau * yes]) AS s
	FROM btheb, LATERAL (SELECT (treatment = 'TAU')::int AS tau, (drug = 'Yes')::int AS yes) x) o,
	mindgap.regression(s, ARRAY['treatmentTAU', 'drugYes', 'treatmentTAU:drugYes']) r, LATERAL (VALUES ('est', r.estimate), ('se', r.std_error)) v(part, value);

CREATE TEMP TABLE r (line text);
COPY r FROM stdin;
duration, (Intercept), est;2.3591662215519222
duration, bdi_pre, est;0.59973802696903422
duration, tau, est;0.32658408647777737
duration, long, est;-2.3296004280156937
duration, tau:long, est;6.7705042349725257
duration, (Intercept), se;2.2926482392304854
duration, bdi_pre, se;0.079805693846376771
duration, tau, se;2.4628054917336573
duration, long, se;2.320799172932948
duration, tau:long, se;3.3792408844485573
both, (Intercept), est;3.5442377824647551
both, bdi_pre, est;0.62930164204669126
both, yes, est;-2.730673490866856
both, long, est;-2.8816032477262952
both, tau, est;-0.36580874383861928
both, yes:tau, est;-1.0746601143031724
both, long:tau, est;6.9921925663550093
both, (Intercept), se;2.5956419658254184
both, bdi_pre, se;0.081372621869214415
both, yes, se;2.3827451634875634
both, long, se;2.3485604149480488
both, tau, se;3.0211439129763815
both, yes:tau, se;3.6329159738151287
both, long:tau, se;3.3842128397371889
effects, (Intercept), est;2.3591662215519196
effects, bdi_pre, est;0.59973802696903422
effects, long, est;-2.3296004280156932
effects, I(tau * (1 - long)), est;0.32658408647777665
effects, I(tau * long), est;7.0970883214503058
effects, (Intercept), se;2.2926482392304854
effects, bdi_pre, se;0.079805693846376757
effects, long, se;2.3207991729329476
effects, I(tau * (1 - long)), se;2.4628054917336581
effects, I(tau * long), se;2.3166901976001935
BtheB, deteriorated;0
BtheB, improved;14
BtheB, recovered;1
BtheB, unchanged;37
TAU, deteriorated;2
TAU, improved;5
TAU, recovered;1
TAU, unchanged;37
\.
INSERT INTO want (name, value, tol)
SELECT split_part(line, ';', 1), split_part(line, ';', 2)::float8, 1e-8 FROM r;
SELECT pg_temp.meet(concat_ws(', ', m.label, r.term, v.part), v.value)
FROM (SELECT mindgap.moments_agg(bdi_2m, ARRAY[bdi_pre, tau, long, tau * long]) AS duration,
		mindgap.moments_agg(bdi_2m, ARRAY[bdi_pre, yes, long, tau, tau * yes, tau * long]) AS both_moderators,
		mindgap.moments_agg(bdi_2m, ARRAY[bdi_pre, long, tau * (1 - long), tau * long]) AS effects
	FROM btheb, LATERAL (SELECT (treatment = 'TAU')::int AS tau, (drug = 'Yes')::int AS yes, (length = '>6m')::int AS long) x) o,
	LATERAL (VALUES ('duration', duration, ARRAY['bdi_pre', 'tau', 'long', 'tau:long']),
		('both', both_moderators, ARRAY['bdi_pre', 'yes', 'long', 'tau', 'yes:tau', 'long:tau']),
		('effects', effects, ARRAY['bdi_pre', 'long', 'I(tau * (1 - long))', 'I(tau * long)'])) m(label, s, names),
	mindgap.regression(m.s, m.names) r, LATERAL (VALUES ('est', r.estimate), ('se', r.std_error)) v(part, value);
SELECT pg_temp.meet(concat_ws(', ', b.treatment, k), count(c.id))
FROM btheb b CROSS JOIN unnest(ARRAY['recovered', 'improved', 'unchanged', 'deteriorated']) k
LEFT JOIN classed c ON c.label = 'JT' AND c.id = b.id AND c.class = k GROUP BY b.treatment, k;

SELECT pg_temp.unmet();
