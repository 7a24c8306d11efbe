-- The corners of the survey core against R: design effects, intervals for proportions, finite populations, element
-- samples, designs that mix rows with and without PSU, strata with one PSU, change on three scales, contrasts, degrees
-- of freedom, the joint test.
--
-- The constants come from R 4.2.2 with survey 4.1-1, by the lines that begin with "-- R:"; README.md says how to rerun
-- them.
-- Each section holds its R lines, the constants and the checks.
\ir include/tap.psql
\ir include/api.psql
\ir include/nhanes_survey.psql

-- compare "name.est", "name.se" ... with what was got, in the order given
CREATE FUNCTION pg_temp.meet_parts(name text, via text, parts text[], got float8[]) RETURNS SETOF text
LANGUAGE sql AS $$
	SELECT pg_temp.meet(name || '.' || u.part, u.got, via)
	FROM unnest(parts, got) WITH ORDINALITY u(part, got, o) ORDER BY u.o
$$;

-- R: library(survey); options(survey.lonely.psu = "fail")
-- R: file <- function(name) read.csv(file.path(commandArgs(TRUE)[1], name), colClasses = c(cds = "character"))
-- R: as <- file("survey_apistrat.csv"); ac <- file("survey_apiclus1.csv")
-- R: nh <- read.csv(file.path(commandArgs(TRUE)[1], "survey_nhanes.csv"))
-- R: put <- function(name, x) cat(sprintf("%s %.17g\n", name, as.numeric(x)), sep = "")
-- R: section <- function(x) cat("=", x, "\n")
-- R: d.ac <- svydesign(ids = ~dnum, weights = ~pw, data = ac)
-- R: d.as <- svydesign(ids = ~1, strata = ~stype, weights = ~pw, data = as)
-- R: d.asf <- svydesign(ids = ~1, strata = ~stype, weights = ~pw, fpc = ~fpc, data = as)
-- R: d.nh <- subset(svydesign(ids = ~SDMVPSU, strata = ~SDMVSTRA, weights = ~WTMEC2YR, nest = TRUE, data = nh),
-- R:   !is.na(HI_CHOL))

CREATE TEMP TABLE design AS
SELECT
	(SELECT mindgap.survey_agg(api00, stype, pw, 1, dnum) FROM apiclus1) AS ac_api00,
	(SELECT mindgap.survey_agg(enroll, stype, pw, 1, dnum) FROM apiclus1) AS ac_enroll,
	(SELECT mindgap.survey_agg(awards = 'Yes', stype, pw, 1, dnum) FROM apiclus1) AS ac_awards,
	(SELECT mindgap.survey_agg(api00, sch_wide, pw, mindgap.key(stype), NULL, fpc) FROM apistrat) AS as_api00,
	(SELECT mindgap.survey_agg(enroll, sch_wide, pw, mindgap.key(stype), NULL, fpc) FROM apistrat) AS as_enroll,
	(SELECT mindgap.survey_agg(sch_wide = 'Yes', stype, pw, mindgap.key(stype), NULL) FROM apistrat) AS as_wide,
	(SELECT mindgap.survey_agg(hi_chol = 1, race, weight, stratum, psu) FROM nhanes) AS nh;

-- ---- A. design effect, estimate, error, degrees of freedom, by domain ----------------------------------------------

-- R: section("A")
-- R: five <- function(name, design, f) {
-- R:   for (stat in c("mean", "total")) {
-- R:     m <- get(paste0("svy", stat))(f[[stat]], design, deff = TRUE)
-- R:     put(paste(name, stat, c("est", "se", "deff", "df"), sep = "."), c(coef(m), SE(m), deff(m), degf(design))) }
-- R:   put(paste0(name, ".population"), sum(weights(design))); put(paste0(name, ".n"), nrow(design)) }
-- R: api <- list(mean = ~api00, total = ~enroll)
-- R: five("deff.ac.all", d.ac, api)
-- R: for (g in c("E", "H", "M")) five(paste0("deff.ac.", g), subset(d.ac, stype == g), api)
-- R: put(paste0("share.ac.", c("E", "H", "M")), coef(svymean(~stype, d.ac)))
-- R: five("deff.as.all", d.asf, api)
-- R: for (g in c("Yes", "No")) five(paste0("deff.as.", g), subset(d.asf, sch.wide == g), api)
-- R: chol <- list(mean = ~HI_CHOL, total = ~HI_CHOL)
-- R: five("deff.nh.all", d.nh, chol)
-- R: for (g in 1:4) five(paste0("deff.nh.", g), subset(d.nh, race == g), chol)
COPY want (name, value) FROM stdin WITH (delimiter ' ');
deff.ac.all.mean.est 644.16939890710387
deff.ac.all.mean.se 23.779010720886877
deff.ac.all.mean.deff 9.5348021214249989
deff.ac.all.mean.df 14
deff.ac.all.total.est 3404940.1345291086
deff.ac.all.total.se 941610.7409119783
deff.ac.all.total.deff 31.943620840192079
deff.ac.all.total.df 14
deff.ac.all.population 6194.0003242492585
deff.ac.all.n 183
deff.ac.E.mean.est 648.86805555555554
deff.ac.E.mean.se 22.587313066243276
deff.ac.E.mean.deff 6.7167666555876639
deff.ac.E.mean.df 14
deff.ac.E.total.est 2109717.1268348661
deff.ac.E.total.se 637699.02024776279
deff.ac.E.total.deff 127.56681941968813
deff.ac.E.total.df 14
deff.ac.E.population 4873.9674682617115
deff.ac.E.n 144
deff.ac.H.mean.est 618.57142857142856
deff.ac.H.mean.se 38.402628232705503
deff.ac.H.mean.deff 2.2733049903902205
deff.ac.H.mean.df 7
deff.ac.H.total.est 535594.86956787028
deff.ac.H.total.se 228996.73851141959
deff.ac.H.total.deff 4.7397338498464867
deff.ac.H.total.df 7
deff.ac.H.population 473.85794830322197
deff.ac.H.n 14
deff.ac.M.mean.est 631.44000000000005
deff.ac.M.mean.se 31.927369288970326
deff.ac.M.mean.deff 2.2076443235861247
deff.ac.M.mean.df 11
deff.ac.M.total.est 759628.13812637213
deff.ac.M.total.se 215784.06817137421
deff.ac.M.total.deff 13.27803679388904
deff.ac.M.total.df 11
deff.ac.M.population 846.17490768432492
deff.ac.M.n 25
share.ac.E 0.78688524590163933
share.ac.H 0.07650273224043716
share.ac.M 0.13661202185792351
deff.as.all.mean.est 662.28736315932076
deff.as.all.mean.se 9.4089408027845813
deff.as.all.mean.deff 1.2044572685377173
deff.as.all.mean.df 197
deff.as.all.total.est 3687177.5324382801
deff.as.all.total.se 114641.71610078031
deff.as.all.total.deff 0.36201812236340364
deff.as.all.total.df 197
deff.as.all.population 6193.9999580383346
deff.as.all.n 200
deff.as.Yes.mean.est 676.53044365677738
deff.as.Yes.mean.se 10.520389200100592
deff.as.Yes.mean.deff 1.1981571930161437
deff.as.Yes.mean.df 149
deff.as.Yes.total.est 2674110.1131267566
deff.as.Yes.total.se 128645.6884671896
deff.as.Yes.total.deff 0.96821473421578053
deff.as.Yes.total.df 149
deff.as.Yes.population 5128.3099479675338
deff.as.Yes.n 152
deff.as.No.mean.est 593.74685821458854
deff.as.No.mean.se 18.619167505614318
deff.as.No.mean.deff 1.312257587152303
deff.as.No.mean.df 45
deff.as.No.total.est 1013067.4193115232
deff.as.No.total.se 133475.23301585272
deff.as.No.total.deff 1.5698900311550257
deff.as.No.total.df 45
deff.as.No.population 1065.690010070801
deff.as.No.n 48
deff.nh.all.mean.est 0.11214295634969224
deff.nh.all.mean.se 0.0054458396989545566
deff.nh.all.mean.deff 2.3367968273902338
deff.nh.all.mean.df 16
deff.nh.all.total.est 28635245.254671998
deff.nh.all.total.se 2020710.74369962
deff.nh.all.total.deff 4.9344838964480306
deff.nh.all.total.df 16
deff.nh.all.population 255345910.137945
deff.nh.all.n 7846
deff.nh.1.mean.est 0.10149166545397206
deff.nh.1.mean.se 0.0062458433087496006
deff.nh.1.mean.deff 1.08280462632446
deff.nh.1.mean.df 16
deff.nh.1.total.est 3946904.6589549999
deff.nh.1.total.se 759981.59293916426
deff.nh.1.total.deff 10.600383253697354
deff.nh.1.total.df 16
deff.nh.1.population 38888953.504708998
deff.nh.1.n 2532
deff.nh.2.mean.est 0.12164920535593335
deff.nh.2.mean.se 0.006604133623532976
deff.nh.2.mean.deff 1.4078502789524894
deff.nh.2.mean.df 16
deff.nh.2.total.est 20600334.902936
deff.nh.2.total.se 2289581.9089677231
deff.nh.2.total.deff 5.9007488202758793
deff.nh.2.total.df 16
deff.nh.2.population 169342124.69914201
deff.nh.2.n 3450
deff.nh.3.mean.est 0.078640060399084069
deff.nh.3.mean.se 0.010384645000548866
deff.nh.3.mean.deff 2.0912578684052794
deff.nh.3.mean.df 15
deff.nh.3.total.est 2273898.2546489998
deff.nh.3.total.se 384484.37926915439
deff.nh.3.total.deff 3.4286827211602233
deff.nh.3.total.df 15
deff.nh.3.population 28915265.872246001
deff.nh.3.n 1406
deff.nh.4.mean.est 0.099678609477120358
deff.nh.4.mean.se 0.024666226871851271
deff.nh.4.mean.deff 3.0983682474783292
deff.nh.4.mean.df 14
deff.nh.4.total.est 1814107.4381319999
deff.nh.4.total.se 454779.25594049215
deff.nh.4.total.deff 3.1798513430217001
deff.nh.4.total.df 14
deff.nh.4.population 18199566.061848
deff.nh.4.n 458
\.

SELECT pg_temp.meet_parts(format('deff.%s.%s.%s', v.data, coalesce(e.subgroup, 'all'), v.statistic), 'estimates',
	ARRAY['est', 'se', 'deff', 'df'], ARRAY[e.estimate, e.std_error, e.design_effect, e.df])
FROM design, LATERAL (VALUES
		('ac', 'mean', ac_api00), ('ac', 'total', ac_enroll), ('as', 'mean', as_api00), ('as', 'total', as_enroll),
		('nh', 'mean', nh), ('nh', 'total', nh)) v(data, statistic, s),
	LATERAL mindgap.estimates(v.s, statistic => v.statistic) e;

SELECT pg_temp.meet_parts(format('deff.%s.%s', v.data, coalesce(e.subgroup, 'all')), 'estimates',
	ARRAY['population', 'n'], ARRAY[e.population, e.n])
FROM design, LATERAL (VALUES ('ac', ac_api00), ('as', as_api00), ('nh', nh)) v(data, s),
	LATERAL mindgap.estimates(v.s) e;

SELECT pg_temp.meet('share.ac.' || e.subgroup, e.share, 'estimates')
FROM design, mindgap.estimates(design.ac_api00) e WHERE e.subgroup IS NOT NULL;

SELECT pg_temp.check('n_missing, race ' || v.race, e.n_missing, v.n)
FROM (SELECT race::text, count(*) FROM nhanes WHERE hi_chol IS NULL GROUP BY race) v(race, n)
LEFT JOIN (SELECT e.* FROM design, mindgap.estimates(design.nh) e) e ON e.subgroup = v.race;

-- ---- B. intervals for a proportion, two levels ---------------------------------------------------------------------
-- Ours 'logit' is R's xlogit (delta method), 't' is mean with t, 'normal' is mean with df = Inf. R 4.1-1 has no wilson:
-- it is written out; that form meets the golden wilson row of survey 4.5 to 1e-15 (survey.sql).

-- R: section("B")
-- R: limits <- function(name, design, f) for (level in c(0.9, 0.95)) {
-- R:   ci <- function(method, ...) as.numeric(attr(svyciprop(f, design, method = method, level = level, ...), "ci"))
-- R:   m <- svymean(f, design); p <- as.numeric(coef(m))
-- R:   k <- qt((1 + level) / 2, degf(design))^2 * vcov(m)[1] / (p * (1 - p))
-- R:   all <- list(logit = ci("xlogit"), beta = ci("beta"), asin = ci("asin"), t = ci("mean"),
-- R:     normal = ci("mean", df = Inf),
-- R:     wilson = (p + k / 2 + c(-1, 1) * sqrt(k * p * (1 - p) + k^2 / 4)) / (1 + k))
-- R:   for (x in names(all)) put(paste("ci", name, level, x, c("lo", "hi"), sep = "."), all[[x]]) }
-- R: d.ac <- update(d.ac, y = as.numeric(awards == "Yes")); d.as <- update(d.as, y = as.numeric(sch.wide == "Yes"))
-- R: for (g in c("E", "H", "M")) { limits(paste0("ac.", g), subset(d.ac, stype == g), ~y)
-- R:   limits(paste0("as.", g), subset(d.as, stype == g), ~y) }
-- R: for (g in 1:4) limits(paste0("nh.", g), subset(d.nh, race == g), ~HI_CHOL)
COPY want (name, value) FROM stdin WITH (delimiter ' ');
ci.ac.E.0.9.logit.lo 0.7151446889915013
ci.ac.E.0.9.logit.hi 0.81839955672979181
ci.ac.E.0.9.beta.lo 0.71358737422784668
ci.ac.E.0.9.beta.hi 0.82131217917014199
ci.ac.E.0.9.asin.lo 0.71724580787041148
ci.ac.E.0.9.asin.hi 0.82033225083997696
ci.ac.E.0.9.t.lo 0.71916003284928398
ci.ac.E.0.9.t.hi 0.82250663381738276
ci.ac.E.0.9.normal.lo 0.72257663282876938
ci.ac.E.0.9.normal.hi 0.81909003383789736
ci.ac.E.0.9.wilson.lo 0.71535507909665907
ci.ac.E.0.9.wilson.hi 0.8182459788250932
ci.ac.E.0.95.logit.lo 0.70199490597397063
ci.ac.E.0.95.logit.hi 0.82767376997216013
ci.ac.E.0.95.beta.lo 0.7012341201596638
ci.ac.E.0.95.beta.hi 0.83098615748974491
ci.ac.E.0.95.asin.lo 0.70511485113738825
ci.ac.E.0.95.asin.hi 0.83049272014585429
ci.ac.E.0.95.t.lo 0.70790960130688552
ci.ac.E.0.95.t.hi 0.83375706535978122
ci.ac.E.0.95.normal.lo 0.71333192807031565
ci.ac.E.0.95.normal.hi 0.82833473859635109
ci.ac.E.0.95.wilson.lo 0.70238320232003815
ci.ac.E.0.95.wilson.hi 0.82740877147478498
ci.as.E.0.9.logit.lo 0.84947948794425554
ci.as.E.0.9.logit.hi 0.94768531727348471
ci.as.E.0.9.beta.lo 0.84781550994517341
ci.as.E.0.9.beta.hi 0.95242661822175234
ci.as.E.0.9.asin.lo 0.85676909787892752
ci.as.E.0.9.asin.hi 0.95183991350600505
ci.as.E.0.9.t.lo 0.86224324988414269
ci.as.E.0.9.t.hi 0.95775675011585737
ci.as.E.0.9.normal.lo 0.86269014571968772
ci.as.E.0.9.normal.hi 0.95730985428031234
ci.as.E.0.9.wilson.lo 0.85049449261960219
ci.as.E.0.9.wilson.hi 0.94728925437482248
ci.as.E.0.95.logit.lo 0.83435340526109902
ci.as.E.0.95.logit.hi 0.9530448632620363
ci.as.E.0.95.beta.lo 0.83555178833276533
ci.as.E.0.95.beta.hi 0.95821213214278456
ci.as.E.0.95.asin.lo 0.84518114759579333
ci.as.E.0.95.asin.hi 0.95856758587408486
ci.as.E.0.95.t.lo 0.8529292592958192
ci.as.E.0.95.t.hi 0.96707074070418086
ci.as.E.0.95.normal.lo 0.85362683160135933
ci.as.E.0.95.normal.hi 0.96637316839864074
ci.as.E.0.95.wilson.lo 0.83619434958545835
ci.as.E.0.95.wilson.hi 0.95244246516250031
ci.ac.H.0.9.logit.lo 0.19375532872227852
ci.ac.H.0.9.logit.hi 0.70065669583728474
ci.ac.H.0.9.beta.lo 0.16851745097828127
ci.ac.H.0.9.beta.hi 0.72214851489750842
ci.ac.H.0.9.asin.lo 0.17538734407250547
ci.ac.H.0.9.asin.hi 0.70382102379552103
ci.ac.H.0.9.t.lo 0.14985085336397475
ci.ac.H.0.9.t.hi 0.70729200377888224
ci.ac.H.0.9.normal.lo 0.18658909656140305
ci.ac.H.0.9.normal.hi 0.67055376058145388
ci.ac.H.0.9.wilson.lo 0.20231306164002932
ci.ac.H.0.9.wilson.hi 0.68923295932739281
ci.ac.H.0.95.logit.lo 0.15340299833509718
ci.ac.H.0.95.logit.hi 0.75635382282441932
ci.ac.H.0.95.beta.lo 0.13277480646669965
ci.ac.H.0.95.beta.hi 0.76883111967853235
ci.ac.H.0.95.asin.lo 0.12558332392989399
ci.ac.H.0.95.asin.hi 0.76542570076078575
ci.ac.H.0.95.t.lo 0.080700176472007223
ci.ac.H.0.95.t.hi 0.77644268067084987
ci.ac.H.0.95.normal.lo 0.14023169556206933
ci.ac.H.0.95.normal.hi 0.71691116158078771
ci.ac.H.0.95.wilson.lo 0.16662359621549494
ci.ac.H.0.95.wilson.hi 0.73776492443976649
ci.as.H.0.9.logit.lo 0.40146719653899671
ci.as.H.0.9.logit.hi 0.63632317021217
ci.as.H.0.9.beta.lo 0.39409106724429449
ci.as.H.0.9.beta.hi 0.64402364155523872
ci.as.H.0.9.asin.lo 0.40091203188657532
ci.as.H.0.9.asin.hi 0.63794616731588971
ci.as.H.0.9.t.lo 0.40034220607308224
ci.as.H.0.9.t.hi 0.63965779392691779
ci.as.H.0.9.normal.lo 0.40260448448033948
ci.as.H.0.9.normal.hi 0.63739551551966045
ci.as.H.0.9.wilson.lo 0.40254319018018492
ci.as.H.0.9.wilson.hi 0.63528674361476611
ci.as.H.0.95.logit.lo 0.37881487191876106
ci.as.H.0.95.logit.hi 0.65806137598954728
ci.as.H.0.95.beta.lo 0.37263977538613174
ci.as.H.0.95.beta.hi 0.664856546538932
ci.as.H.0.95.asin.lo 0.3777172776457553
ci.as.H.0.95.asin.hi 0.66064568848586525
ci.as.H.0.95.t.lo 0.37657379047425038
ci.as.H.0.95.t.hi 0.66342620952574971
ci.as.H.0.95.normal.lo 0.380114615309879
ci.as.H.0.95.normal.hi 0.65988538469012104
ci.as.H.0.95.wilson.lo 0.38061095801225336
ci.as.H.0.95.wilson.hi 0.65634340471772246
ci.ac.M.0.9.logit.lo 0.31699938157728286
ci.ac.M.0.9.logit.hi 0.71660464649588318
ci.ac.M.0.9.beta.lo 0.29805126362222389
ci.ac.M.0.9.beta.hi 0.73620758152702404
ci.ac.M.0.9.asin.lo 0.31292990265451531
ci.ac.M.0.9.asin.hi 0.7235366714634075
ci.ac.M.0.9.t.lo 0.30842939304002598
ci.ac.M.0.9.t.hi 0.731570606959974
ci.ac.M.0.9.normal.lo 0.32622216046930824
ci.ac.M.0.9.normal.hi 0.71377783953069163
ci.ac.M.0.9.wilson.lo 0.32211356664347091
ci.ac.M.0.9.wilson.hi 0.71180384073674108
ci.ac.M.0.95.logit.lo 0.27711871535726224
ci.ac.M.0.95.logit.hi 0.75378173216914091
ci.ac.M.0.95.beta.lo 0.26144746508500316
ci.ac.M.0.95.beta.hi 0.77086982211660016
ci.ac.M.0.95.asin.lo 0.26955647142455769
ci.ac.M.0.95.asin.hi 0.76517605120801147
ci.ac.M.0.95.t.lo 0.26070510459210944
ci.ac.M.0.95.t.hi 0.77929489540789065
ci.ac.M.0.95.normal.lo 0.28909946255458341
ci.ac.M.0.95.normal.hi 0.75090053744541663
ci.ac.M.0.95.wilson.lo 0.2855723294225036
ci.ac.M.0.95.wilson.hi 0.74593945578406595
ci.as.M.0.9.logit.lo 0.58045710893660618
ci.as.M.0.9.logit.hi 0.79737135988690788
ci.as.M.0.9.beta.lo 0.57485677877445718
ci.as.M.0.9.beta.hi 0.8061356566231358
ci.as.M.0.9.asin.lo 0.58558130665655794
ci.as.M.0.9.asin.hi 0.80300068536809277
ci.as.M.0.9.t.lo 0.59024398040196413
ci.as.M.0.9.t.hi 0.809756019598036
ci.as.M.0.9.normal.lo 0.59231905353388892
ci.as.M.0.9.normal.hi 0.8076809464661111
ci.as.M.0.9.wilson.lo 0.58186231063340976
ci.as.M.0.9.wilson.hi 0.796437027316101
ci.as.M.0.95.logit.lo 0.55498502326188526
ci.as.M.0.95.logit.hi 0.81362859851007174
ci.as.M.0.95.beta.lo 0.55227491808159479
ci.as.M.0.95.beta.hi 0.82251487950714597
ci.as.M.0.95.asin.lo 0.56205689686243832
ci.as.M.0.95.asin.hi 0.82157276445376504
ci.as.M.0.95.t.lo 0.568442419444949
ci.as.M.0.95.t.hi 0.83155758055505113
ci.as.M.0.95.normal.lo 0.5716902383065422
ci.as.M.0.95.normal.hi 0.82830976169345794
ci.as.M.0.95.wilson.lo 0.55740818726015584
ci.as.M.0.95.wilson.hi 0.81213544003960236
ci.nh.1.0.9.logit.lo 0.091094970147758803
ci.nh.1.0.9.logit.hi 0.11292751144892905
ci.nh.1.0.9.beta.lo 0.09077199186820975
ci.nh.1.0.9.beta.hi 0.11305396456872674
ci.nh.1.0.9.asin.lo 0.090849308094238593
ci.nh.1.0.9.asin.hi 0.11265360051715416
ci.nh.1.0.9.t.lo 0.090587149576646903
ci.nh.1.0.9.t.hi 0.11239618133129722
ci.nh.1.0.9.normal.lo 0.091218167434204689
ci.nh.1.0.9.normal.hi 0.11176516347373942
ci.nh.1.0.9.wilson.lo 0.091100859645933049
ci.nh.1.0.9.wilson.hi 0.11292038620615884
ci.nh.1.0.95.logit.lo 0.088996034636413257
ci.nh.1.0.95.logit.hi 0.11551929097696373
ci.nh.1.0.95.beta.lo 0.088598861315012586
ci.nh.1.0.95.beta.hi 0.11556556704796461
ci.nh.1.0.95.asin.lo 0.088638312655018842
ci.nh.1.0.95.asin.hi 0.1151110211849672
ci.nh.1.0.95.t.lo 0.088251069125648174
ci.nh.1.0.95.t.hi 0.11473226178229595
ci.nh.1.0.95.normal.lo 0.08925003751574237
ci.nh.1.0.95.normal.hi 0.11373329339220176
ci.nh.1.0.95.wilson.lo 0.089006351306514186
ci.nh.1.0.95.wilson.hi 0.11550629085158581
ci.nh.2.0.9.logit.lo 0.1105817457260645
ci.nh.2.0.9.logit.hi 0.13365788364440118
ci.nh.2.0.9.beta.lo 0.11027462424656735
ci.nh.2.0.9.beta.hi 0.1337852910260251
ci.nh.2.0.9.asin.lo 0.11035689186802691
ci.nh.2.0.9.asin.hi 0.13341220850515417
ci.nh.2.0.9.t.lo 0.11011915626666001
ci.nh.2.0.9.t.hi 0.13317925444520667
ci.nh.2.0.9.normal.lo 0.11078637221239296
ci.nh.2.0.9.normal.hi 0.13251203849947374
ci.nh.2.0.9.wilson.lo 0.11058688829860322
ci.nh.2.0.9.wilson.hi 0.13365182943005896
ci.nh.2.0.95.logit.lo 0.10832847455243215
ci.nh.2.0.95.logit.hi 0.13635744627485058
ci.nh.2.0.95.beta.lo 0.10795188563794486
ci.nh.2.0.95.beta.hi 0.13641429727062759
ci.nh.2.0.95.asin.lo 0.10800031229927924
ci.nh.2.0.95.asin.hi 0.13599202832925869
ci.nh.2.0.95.t.lo 0.10764906749064053
ci.nh.2.0.95.t.hi 0.13564934322122618
ci.nh.2.0.95.normal.lo 0.10870534130471872
ci.nh.2.0.95.normal.hi 0.13459306940714799
ci.nh.2.0.95.wilson.lo 0.10833751062812665
ci.nh.2.0.95.wilson.hi 0.13634643051292289
ci.nh.3.0.9.logit.lo 0.062255918481490792
ci.nh.3.0.9.logit.hi 0.098881412401570168
ci.nh.3.0.9.beta.lo 0.061200707198276555
ci.nh.3.0.9.beta.hi 0.099289879412482573
ci.nh.3.0.9.asin.lo 0.061412418895683697
ci.nh.3.0.9.asin.hi 0.097794280029645339
ci.nh.3.0.9.t.lo 0.060435254787130771
ci.nh.3.0.9.t.hi 0.096844866011037353
ci.nh.3.0.9.normal.lo 0.061558839405327789
ci.nh.3.0.9.normal.hi 0.095721281392840335
ci.nh.3.0.9.wilson.lo 0.062294240701970045
ci.nh.3.0.9.wilson.hi 0.098822954500379007
ci.nh.3.0.95.logit.lo 0.059163915963801633
ci.nh.3.0.95.logit.hi 0.10382006494636425
ci.nh.3.0.95.beta.lo 0.057883542979227494
ci.nh.3.0.95.beta.hi 0.10389125004535305
ci.nh.3.0.95.asin.lo 0.057954416172746243
ci.nh.3.0.95.asin.hi 0.10217323766603544
ci.nh.3.0.95.t.lo 0.056505713531864593
ci.nh.3.0.95.t.hi 0.10077440726630355
ci.nh.3.0.95.normal.lo 0.058286530205774366
ci.nh.3.0.95.normal.hi 0.098993590592393765
ci.nh.3.0.95.wilson.lo 0.059229386314504862
ci.nh.3.0.95.wilson.hi 0.10371073907238149
ci.nh.4.0.9.logit.lo 0.063869970584142371
ci.nh.4.0.9.logit.hi 0.15229718936914891
ci.nh.4.0.9.beta.lo 0.059801056906178478
ci.nh.4.0.9.beta.hi 0.15411918480834785
ci.nh.4.0.9.asin.lo 0.060588239318857165
ci.nh.4.0.9.asin.hi 0.14717373481378873
ci.nh.4.0.9.t.lo 0.056233734076405702
ci.nh.4.0.9.t.hi 0.14312348487783499
ci.nh.4.0.9.normal.lo 0.059106276743747917
ci.nh.4.0.9.normal.hi 0.14025094221049278
ci.nh.4.0.9.wilson.lo 0.0641459659255878
ci.nh.4.0.9.wilson.hi 0.15170339531739654
ci.nh.4.0.95.logit.lo 0.057850306724194958
ci.nh.4.0.95.logit.hi 0.16640876238953137
ci.nh.4.0.95.beta.lo 0.053134206671137309
ci.nh.4.0.95.beta.hi 0.1664896506657253
ci.nh.4.0.95.asin.lo 0.053275583703653262
ci.nh.4.0.95.asin.hi 0.15853405986692051
ci.nh.4.0.95.t.lo 0.046774814441213335
ci.nh.4.0.95.t.hi 0.15258240451302738
ci.nh.4.0.95.normal.lo 0.051333693173797802
ci.nh.4.0.95.normal.hi 0.14802352578044292
ci.nh.4.0.95.wilson.lo 0.058299876494551484
ci.nh.4.0.95.wilson.hi 0.16527184002189621
\.

SELECT pg_temp.meet_parts(format('ci.%s.%s.%s.%s', v.data, e.subgroup, l.level, m.method), 'estimates',
	ARRAY['lo', 'hi'], ARRAY[e.conf_low, e.conf_high])
FROM design, LATERAL (VALUES ('ac', ac_awards), ('as', as_wide), ('nh', nh)) v(data, s),
	(VALUES (0.9), (0.95)) l(level), unnest(ARRAY['t', 'logit', 'beta', 'wilson', 'asin', 'normal']) m(method),
	LATERAL mindgap.estimates(v.s, statistic => 'proportion', level => l.level, ci_method => m.method) e
WHERE e.subgroup IS NOT NULL;

-- ---- C. finite population as a size and as a rate ------------------------------------------------------------------

-- R: section("C")
-- R: as$rate <- ave(as$pw, as$stype, FUN = length) / as$fpc; ac$rate <- 15 / ac$fpc
-- R: for (f in c("fpc", "rate")) {
-- R:   d <- svydesign(ids = ~1, strata = ~stype, weights = ~pw, fpc = as[[f]], data = as)
-- R:   put(paste0("fpc.as.", f, c(".mean", ".total")), c(SE(svymean(~api00, d)), SE(svytotal(~enroll, d))))
-- R:   d <- svydesign(ids = ~dnum, weights = ~pw, fpc = ac[[f]], data = ac)
-- R:   put(paste0("fpc.ac.", f, c(".mean", ".total")), c(SE(svymean(~api00, d)), SE(svytotal(~enroll, d)))) }
COPY want (name, value) FROM stdin WITH (delimiter ' ');
fpc.as.fpc.mean 9.4089408027845813
fpc.as.fpc.total 114641.71610078031
fpc.ac.fpc.mean 23.542240693781039
fpc.ac.fpc.total 932235.02704121382
fpc.as.rate.mean 9.4089408027845813
fpc.as.rate.total 114641.71610078031
fpc.ac.rate.mean 23.542240693781039
fpc.ac.rate.total 932235.02704121382
\.

CREATE TEMP TABLE finite AS
SELECT 'as' AS data, 'fpc' AS kind, mindgap.survey_agg(api00, 'all', pw, mindgap.key(stype), NULL, fpc) AS mean,
	mindgap.survey_agg(enroll, 'all', pw, mindgap.key(stype), NULL, fpc) AS total FROM apistrat
UNION ALL
SELECT 'as', 'rate', mindgap.survey_agg(api00, 'all', pw, mindgap.key(stype), NULL, n / fpc),
	mindgap.survey_agg(enroll, 'all', pw, mindgap.key(stype), NULL, n / fpc)
FROM (SELECT *, count(*) OVER (PARTITION BY stype) AS n FROM apistrat) s
UNION ALL
SELECT 'ac', 'fpc', mindgap.survey_agg(api00, 'all', pw, 1, dnum, fpc),
	mindgap.survey_agg(enroll, 'all', pw, 1, dnum, fpc) FROM apiclus1
UNION ALL
SELECT 'ac', 'rate', mindgap.survey_agg(api00, 'all', pw, 1, dnum, 15 / fpc),
	mindgap.survey_agg(enroll, 'all', pw, 1, dnum, 15 / fpc) FROM apiclus1;

SELECT pg_temp.meet_parts(format('fpc.%s.%s', f.data, f.kind), 'estimates',
	ARRAY['mean', 'total'], ARRAY[m.std_error, t.std_error])
FROM finite f, LATERAL mindgap.estimates(f.mean) m, LATERAL mindgap.estimates(f.total, statistic => 'total') t
WHERE m.subgroup = 'all' AND t.subgroup = 'all';

-- ---- D. element samples: no PSU, groups across strata, missing outcomes --------------------------------------------

-- R: section("D")
-- R: as$g <- paste(as$sch.wide, as$awards, sep = "."); as$seen <- as$snum %% 7 != 0
-- R: designs <- list(strata = svydesign(ids = ~1, strata = ~stype, weights = ~pw, data = as),
-- R:   fpc = svydesign(ids = ~1, strata = ~stype, weights = ~pw, fpc = ~fpc, data = as),
-- R:   flat = svydesign(ids = ~1, weights = ~pw, data = as))
-- R: for (k in names(designs)) for (stat in c("mean", "total")) {
-- R:   s <- subset(designs[[k]], seen); m <- get(paste0("svy", stat))(~api00, s)
-- R:   name <- paste("element", k, stat, sep = ".")
-- R:   put(paste(name, "all", c("est", "se", "df"), sep = "."), c(coef(m), SE(m), degf(s)))
-- R:   b <- svyby(~api00, ~g, s, get(paste0("svy", stat)), covmat = TRUE); V <- vcov(b)
-- R:   for (x in rownames(V)) put(paste(name, x, c("est", "se", "df"), sep = "."),
-- R:     c(coef(b)[x], sqrt(V[x, x]), degf(subset(s, g == x))))
-- R:   for (x in rownames(V)) for (z in rownames(V)) if (x < z && name != "element.flat.mean")
-- R:     put(paste(name, "cov", x, z, sep = "."), V[x, z]) }
COPY want (name, value) FROM stdin WITH (delimiter ' ');
element.strata.mean.all.est 661.35750097277469
element.strata.mean.all.se 10.137039786497647
element.strata.mean.all.df 164
element.strata.mean.No.No.est 591.62367184216146
element.strata.mean.No.No.se 22.164973438522978
element.strata.mean.No.No.df 37
element.strata.mean.Yes.No.est 677.54845558282716
element.strata.mean.Yes.No.se 23.605948193147487
element.strata.mean.Yes.No.df 31
element.strata.mean.Yes.Yes.est 674.8826808876405
element.strata.mean.Yes.Yes.se 12.558722462380448
element.strata.mean.Yes.Yes.df 90
element.strata.mean.cov.No.No.Yes.No -1.1611012906884339
element.strata.mean.cov.No.No.Yes.Yes 0.36046447650687236
element.strata.mean.cov.Yes.No.Yes.Yes 0.045119999104865825
element.strata.total.all.est 3411777.985437396
element.strata.total.all.se 130749.78262266734
element.strata.total.all.df 164
element.strata.total.No.No.est 515239.14485168469
element.strata.total.No.No.se 86467.878854554205
element.strata.total.No.No.df 37
element.strata.total.Yes.No.est 695503.48577880918
element.strata.total.Yes.No.se 123373.77361008424
element.strata.total.Yes.No.df 31
element.strata.total.Yes.Yes.est 2201035.3548069024
element.strata.total.Yes.Yes.se 162951.33304512693
element.strata.total.Yes.Yes.df 90
element.strata.total.cov.No.No.Yes.No -1613724122.1475928
element.strata.total.cov.No.No.Yes.Yes -4735164364.2490187
element.strata.total.cov.Yes.No.Yes.Yes -9728818200.4570332
element.fpc.mean.all.est 661.35750097277469
element.fpc.mean.all.se 10.000680554277327
element.fpc.mean.all.df 164
element.fpc.mean.No.No.est 591.62367184216146
element.fpc.mean.No.No.se 21.797021592340364
element.fpc.mean.No.No.df 37
element.fpc.mean.Yes.No.est 677.54845558282716
element.fpc.mean.Yes.No.se 23.312608427925326
element.fpc.mean.Yes.No.df 31
element.fpc.mean.Yes.Yes.est 674.8826808876405
element.fpc.mean.Yes.Yes.se 12.399166743604633
element.fpc.mean.Yes.Yes.df 90
element.fpc.mean.cov.No.No.Yes.No -1.1216298734955712
element.fpc.mean.cov.No.No.Yes.Yes 0.34493341077504874
element.fpc.mean.cov.Yes.No.Yes.Yes 0.045712363626703556
element.fpc.total.all.est 3411777.985437396
element.fpc.total.all.se 128996.25686064087
element.fpc.total.all.df 164
element.fpc.total.No.No.est 515239.14485168469
element.fpc.total.No.No.se 85022.972618791333
element.fpc.total.No.No.df 37
element.fpc.total.Yes.No.est 695503.48577880918
element.fpc.total.Yes.No.se 121689.58049595496
element.fpc.total.Yes.No.df 31
element.fpc.total.Yes.Yes.est 2201035.3548069024
element.fpc.total.Yes.Yes.se 160758.73304348235
element.fpc.total.Yes.Yes.df 90
element.fpc.total.cov.No.No.Yes.No -1553728215.2385416
element.fpc.total.cov.No.No.Yes.Yes -4586445325.4449854
element.fpc.total.cov.Yes.No.Yes.Yes -9480124379.26968
element.flat.mean.all.est 661.35750097277469
element.flat.mean.all.se 10.164342703889051
element.flat.mean.all.df 166
element.flat.mean.No.No.est 591.62367184216146
element.flat.mean.No.No.se 22.135193835055176
element.flat.mean.No.No.df 39
element.flat.mean.Yes.No.est 677.54845558282716
element.flat.mean.Yes.No.se 23.561572700898864
element.flat.mean.Yes.No.df 33
element.flat.mean.Yes.Yes.est 674.8826808876405
element.flat.mean.Yes.Yes.se 12.524528363722393
element.flat.mean.Yes.Yes.df 92
element.flat.total.all.est 3411777.985437396
element.flat.total.all.se 169845.06261902922
element.flat.total.all.df 166
element.flat.total.No.No.est 515239.14485168469
element.flat.total.No.No.se 86771.630755415361
element.flat.total.No.No.df 39
element.flat.total.Yes.No.est 695503.48577880918
element.flat.total.Yes.No.se 124589.86117033004
element.flat.total.Yes.No.df 33
element.flat.total.Yes.Yes.est 2201035.3548069024
element.flat.total.Yes.Yes.se 190209.6132151882
element.flat.total.Yes.Yes.df 92
element.flat.total.cov.No.No.Yes.No -1800756890.7238231
element.flat.total.cov.No.No.Yes.Yes -5698791829.140872
element.flat.total.cov.Yes.No.Yes.Yes -7692601817.0381889
\.

CREATE TEMP TABLE element AS
WITH r AS (SELECT *, CASE WHEN snum % 7 <> 0 THEN api00 END AS y, sch_wide || '.' || awards AS g FROM apistrat)
SELECT 'strata' AS kind, mindgap.survey_agg(y, g, pw, mindgap.key(stype), NULL) AS s FROM r
UNION ALL
SELECT 'fpc', mindgap.survey_agg(y, g, pw, mindgap.key(stype), NULL, fpc) FROM r
UNION ALL
SELECT 'flat', mindgap.survey_agg(y, g, pw) FROM r;

SELECT pg_temp.meet_parts(format('element.%s.%s.%s', d.kind, t.statistic, coalesce(e.subgroup, 'all')), 'estimates',
	ARRAY['est', 'se', 'df'], ARRAY[e.estimate, e.std_error, e.df])
FROM element d, unnest(ARRAY['mean', 'total']) t(statistic), LATERAL mindgap.estimates(d.s, statistic => t.statistic) e;

-- (one stratum, one row a PSU: two domain means have covariance 0)
SELECT CASE WHEN v.name LIKE 'element.flat.mean.%'
	THEN pg_temp.check_true(v.name || ': zero', abs(c.covariance) < 1e-10, 'got ' || c.covariance)
	ELSE pg_temp.meet(v.name, c.covariance, 'covariance') END
FROM element d, unnest(ARRAY['mean', 'total']) t(statistic),
	LATERAL mindgap.covariance(d.s, statistic => t.statistic) c,
	LATERAL (SELECT format('element.%s.%s.cov.%s.%s', d.kind, t.statistic, c.subgroup_a, c.subgroup_b)) v(name)
WHERE c.subgroup_a < c.subgroup_b COLLATE "C";

-- ---- E. rows with and without PSU in one stratum, subgroup NULL for some, outcome missing for others ---------------
-- Even school numbers share a PSU (their district), odd ones are their own.

-- R: section("E")
-- R: as$id <- ifelse(as$snum %% 2 == 0, as$dnum, 1e6 + seq_len(nrow(as)))
-- R: for (k in c("plain", "fpc")) {
-- R:   d <- if (k == "plain") svydesign(ids = ~id, strata = ~stype, weights = ~pw, nest = TRUE, data = as) else
-- R:     svydesign(ids = ~id, strata = ~stype, weights = ~pw, fpc = ~fpc, nest = TRUE, data = as)
-- R:   s <- subset(d, seen & meals <= 80); b <- svyby(~api00, ~awards, s, svymean, covmat = TRUE)
-- R:   name <- paste0("mixed.", k); parts <- c("est", "se", "df", "total")
-- R:   for (a in c("No", "Yes")) { x <- subset(s, awards == a); put(paste(name, a, parts, sep = "."),
-- R:     c(coef(b)[a], SE(b)[b$awards == a], degf(x), SE(svytotal(~api00, x)))) }
-- R:   put(paste(name, "all", parts, sep = "."),
-- R:     c(coef(svymean(~api00, s)), SE(svymean(~api00, s)), degf(s), SE(svytotal(~api00, s))))
-- R:   put(paste0(name, ".cov"), vcov(b)["No", "Yes"]); k <- svycontrast(b, c(Yes = 1, No = -1))
-- R:   put(paste0(name, ".gap"), c(SE(k))) }
COPY want (name, value) FROM stdin WITH (delimiter ' ');
mixed.plain.No.est 666.57184187776124
mixed.plain.No.se 17.183086990510542
mixed.plain.No.df 60
mixed.plain.No.total 143246.87590417944
mixed.plain.Yes.est 703.08359514891799
mixed.plain.Yes.se 11.524025876489851
mixed.plain.Yes.df 75
mixed.plain.Yes.total 176608.91190901579
mixed.plain.all.est 689.80950085448865
mixed.plain.all.se 9.4490096178225897
mixed.plain.all.df 138
mixed.plain.all.total 168643.22466410577
mixed.plain.cov -0.44909612602624166
mixed.plain.gap 20.711345759692016
mixed.fpc.No.est 666.57184187776124
mixed.fpc.No.se 16.940198403716032
mixed.fpc.No.df 60
mixed.fpc.No.total 141395.44934574014
mixed.fpc.Yes.est 703.08359514891799
mixed.fpc.Yes.se 11.390948038791681
mixed.fpc.Yes.df 75
mixed.fpc.Yes.total 174491.23147900787
mixed.fpc.all.est 689.80950085448865
mixed.fpc.all.se 9.3252988021058254
mixed.fpc.all.df 138
mixed.fpc.all.total 166656.26540188608
mixed.fpc.cov -0.43449537847488678
mixed.fpc.gap 20.435092608957394
\.

CREATE TEMP TABLE mixed AS
WITH r AS (
	SELECT *, CASE WHEN snum % 7 <> 0 THEN api00 END AS y, CASE WHEN meals <= 80 THEN awards END AS g,
		CASE WHEN snum % 2 = 0 THEN dnum END AS psu
	FROM apistrat)
SELECT 'plain' AS kind, mindgap.survey_agg(y, g, pw, mindgap.key(stype), psu) AS s FROM r
UNION ALL
SELECT 'fpc', mindgap.survey_agg(y, g, pw, mindgap.key(stype), psu, fpc) FROM r
UNION ALL
-- the same from parts
SELECT 'plain', mindgap.rollup(s) FROM (SELECT mindgap.survey_agg(y, g, pw, mindgap.key(stype), psu) AS s
	FROM r GROUP BY enroll::int % 4) p;

SELECT pg_temp.meet_parts(format('mixed.%s.%s', d.kind, coalesce(m.subgroup, 'all')), 'estimates',
	ARRAY['est', 'se', 'df', 'total'], ARRAY[m.estimate, m.std_error, m.df, t.std_error])
FROM mixed d, LATERAL mindgap.estimates(d.s) m, LATERAL mindgap.estimates(d.s, statistic => 'total') t
WHERE t.subgroup IS NOT DISTINCT FROM m.subgroup;

SELECT pg_temp.meet(format('mixed.%s.cov', d.kind), c.covariance, 'covariance')
FROM mixed d, LATERAL mindgap.covariance(d.s) c WHERE c.subgroup_a = 'No' AND c.subgroup_b = 'Yes';

SELECT pg_temp.meet(format('mixed.%s.gap', d.kind), g.std_error, 'gap')
FROM mixed d, LATERAL mindgap.gap(d.s, 'difference', compare => 'Yes', reference => 'No') g;

-- ---- F. a stratum with one PSU -------------------------------------------------------------------------------------
-- District as stratum, school as PSU: district 413 has one school, of stype E, and every district has one of stype E.
-- R's totals under 'adjust' are centred at 0 in 4.1-1 (4.5 centres at the mean): not compared. 'fail' stops in R only
-- where the domain holds a row of the lonely stratum, so H and M have their usual error.

-- R: section("F")
-- R: one <- svydesign(ids = ~1, strata = ~dnum, weights = ~pw, data = ac)
-- R: three <- function(name, design) { m <- svymean(~api00, design)
-- R:   put(paste(name, c("est", "se", "df"), sep = "."), c(coef(m), SE(m), degf(design))) }
-- R: for (k in c("certainty", "adjust", "average")) { options(survey.lonely.psu = k); name <- paste0("lonely.", k)
-- R:   three(paste0(name, ".all"), one)
-- R:   if (k != "adjust") put(paste0(name, ".all.total"), SE(svytotal(~api00, one)))
-- R:   for (g in c("E", "H", "M")) three(paste(name, g, sep = "."), subset(one, stype == g))
-- R:   b <- svyby(~api00, ~stype, one, svymean, covmat = TRUE)
-- R:   put(paste0(name, ".gap"), SE(svycontrast(b, c(E = 1, H = -1)))) }
-- R: options(survey.lonely.psu = "fail")
-- R: for (g in c("H", "M")) put(paste0("lonely.fail.", g, ".se"), SE(svymean(~api00, subset(one, stype == g))))
COPY want (name, value) FROM stdin WITH (delimiter ' ');
lonely.certainty.all.est 644.16939890710387
lonely.certainty.all.se 5.8057775782763006
lonely.certainty.all.df 168
lonely.certainty.all.total 35960.988202362474
lonely.certainty.E.est 648.86805555555554
lonely.certainty.E.se 7.7000427400086551
lonely.certainty.E.df 129
lonely.certainty.H.est 618.57142857142856
lonely.certainty.H.se 23.419057798130108
lonely.certainty.H.df 6
lonely.certainty.M.est 631.44000000000005
lonely.certainty.M.se 20.817079811991601
lonely.certainty.M.df 13
lonely.certainty.gap 25.940976286229215
lonely.adjust.all.est 644.16939890710387
lonely.adjust.all.se 5.8280579016485285
lonely.adjust.all.df 168
lonely.adjust.E.est 648.86805555555554
lonely.adjust.E.se 7.7299785084864885
lonely.adjust.E.df 129
lonely.adjust.H.est 618.57142857142856
lonely.adjust.H.se 23.419057798130108
lonely.adjust.H.df 6
lonely.adjust.M.est 631.44000000000005
lonely.adjust.M.se 20.817079811991601
lonely.adjust.M.df 13
lonely.adjust.gap 25.949877846078767
lonely.average.all.est 644.16939890710387
lonely.average.all.se 6.0095507279558005
lonely.average.all.df 168
lonely.average.all.total 37223.159157550595
lonely.average.E.est 648.86805555555554
lonely.average.E.se 7.9703014505161596
lonely.average.E.df 129
lonely.average.H.est 618.57142857142856
lonely.average.H.se 23.419057798130108
lonely.average.H.df 6
lonely.average.M.est 631.44000000000005
lonely.average.M.se 20.817079811991601
lonely.average.M.df 13
lonely.average.gap 26.851461466265267
lonely.fail.H.se 23.419057798130108
lonely.fail.M.se 20.817079811991601
\.

CREATE TEMP TABLE lonely AS
SELECT 'no PSU' AS via, mindgap.survey_agg(api00, stype, pw, dnum, NULL) AS s FROM apiclus1
UNION ALL
SELECT 'PSU', mindgap.survey_agg(api00, stype, pw, dnum, mindgap.key(cds)) FROM apiclus1;

SELECT pg_temp.meet_parts(format('lonely.%s.%s', k.policy, coalesce(e.subgroup, 'all')), 'estimates, ' || l.via,
	ARRAY['est', 'se', 'df'], ARRAY[e.estimate, e.std_error, e.df])
FROM lonely l, unnest(ARRAY['certainty', 'adjust', 'average']) k(policy),
	LATERAL mindgap.estimates(l.s, lonely_psu => k.policy) e;

SELECT pg_temp.meet(format('lonely.%s.all.total', k.policy), e.std_error, 'estimates, ' || l.via)
FROM lonely l, unnest(ARRAY['certainty', 'average']) k(policy),
	LATERAL mindgap.estimates(l.s, statistic => 'total', lonely_psu => k.policy) e
WHERE e.subgroup IS NULL;

SELECT pg_temp.meet(format('lonely.%s.gap', k.policy), u.got, u.via || ', ' || l.via)
FROM lonely l, unnest(ARRAY['certainty', 'adjust', 'average']) k(policy),
	LATERAL mindgap.contrast(l.s, ARRAY['E', 'H'], '{1,-1}', lonely_psu => k.policy) c,
	LATERAL mindgap.gap(l.s, 'difference', compare => 'E', reference => 'H', lonely_psu => k.policy) g,
	LATERAL (VALUES ('contrast', c.std_error), ('gap', g.std_error)) u(via, got);

SELECT CASE WHEN e.subgroup IN ('H', 'M')
	THEN pg_temp.meet(format('lonely.fail.%s.se', e.subgroup), e.std_error, 'estimates, ' || l.via)
	ELSE pg_temp.check_true(format('lonely.fail.%s: no std_error, by estimates, %s', coalesce(e.subgroup, 'all'), l.via),
		e.std_error IS NULL AND e.estimate IS NOT NULL) END
FROM lonely l, LATERAL mindgap.estimates(l.s) e;

-- ---- G. change between waves on three scales -----------------------------------------------------------------------
-- Share of schools at 650 or more; 144, 14 and 25 schools in 15 districts; other schools are missing in each wave.
-- relative = after / before, odds = odds ratio: estimate and error on their own scale, limits and p through logs.

-- R: section("G")
-- R: long <- rbind(transform(ac, wave = 1, y = as.numeric(api99 >= 650), api = api99, seen = snum %% 5 != 0),
-- R:   transform(ac, wave = 2, y = as.numeric(api00 >= 650), api = api00, seen = snum %% 7 != 0))
-- R: whole <- svydesign(ids = ~dnum, weights = ~pw, data = long); s <- subset(whole, seen)
-- R: b <- svyby(~y, ~stype + wave, s, svymean, covmat = TRUE)
-- R: six <- function(name, own, log, df, exp = base::exp) {
-- R:   t <- qt(0.975, df); l <- as.numeric(coef(log)); e <- as.numeric(SE(log))
-- R:   put(paste(name, c("est", "se", "lo", "hi", "df", "p"), sep = "."),
-- R:     c(coef(own), SE(own), exp(l - t * e), exp(l + t * e), df, 2 * pt(-abs(l / e), df))) }
-- R: o <- function(x) bquote(.(x) / (1 - .(x)))
-- R: for (g in c("E", "H", "M")) {
-- R:   df <- degf(subset(s, stype == g)); z <- as.name(paste0(g, ".1")); a <- as.name(paste0(g, ".2"))
-- R:   k <- function(e) svycontrast(b, e); name <- function(x) paste("change", x, g, sep = ".")
-- R:   d <- k(bquote(.(a) - .(z))); six(name("absolute"), d, d, df, identity)
-- R:   six(name("relative"), k(bquote(.(a) / .(z))), k(bquote(log(.(a) / .(z)))), df)
-- R:   r <- bquote((.(o(a))) / (.(o(z)))); six(name("odds"), k(r), k(bquote(log(.(r)))), df) }
-- R: df <- degf(subset(s, stype != "M"))
-- R: d <- svycontrast(b, quote(H.2 - E.2 - (H.1 - E.1))); six("gap_change.difference", d, d, df, identity)
-- R: r <- quote((H.2 / E.2) / (H.1 / E.1))
-- R: six("gap_change.ratio", svycontrast(b, r), svycontrast(b, bquote(log(.(r)))), df)
-- R: n <- lapply(c("H.2", "E.2", "H.1", "E.1"), function(x) o(as.name(x)))
-- R: r <- bquote(((.(n[[1]])) / (.(n[[2]]))) / ((.(n[[3]])) / (.(n[[4]]))))
-- R: six("gap_change.odds_ratio", svycontrast(b, r), svycontrast(b, bquote(log(.(r)))), df)
-- two element samples drawn apart: nothing shared
-- R: long$st <- interaction(long$stype, long$wave)
-- R: apart <- subset(svydesign(ids = ~1, strata = ~st, weights = ~pw, data = long), seen)
-- R: b <- svyby(~api, ~awards + wave, apart, svymean, covmat = TRUE)
-- R: for (g in c("No", "Yes")) { d <- svycontrast(b, setNames(c(-1, 1), paste0(g, c(".1", ".2"))))
-- R:   put(paste("apart", g, c("est", "se"), sep = "."), c(coef(d), SE(d))) }
COPY want (name, value) FROM stdin WITH (delimiter ' ');
change.absolute.E.est 0.11130434782608695
change.absolute.E.se 0.034419934717675613
change.absolute.E.lo 0.037480930044616445
change.absolute.E.hi 0.18512776560755745
change.absolute.E.df 14
change.absolute.E.p 0.0060040670533212199
change.relative.E.est 1.2723404255319148
change.relative.E.se 0.070442711577864775
change.relative.E.lo 1.1298813708444224
change.relative.E.hi 1.4327611731777457
change.relative.E.df 14
change.relative.E.p 0.00066548810694566217
change.odds.E.est 1.5673758865248226
change.odds.E.se 0.207631671127395
change.odds.E.lo 1.179724598372947
change.odds.E.hi 2.0824073457887211
change.odds.E.df 14
change.odds.E.p 0.0043780253604439679
change.absolute.H.est 0.11538461538461542
change.absolute.H.se 0.085665722986937046
change.absolute.H.lo -0.087182630720525373
change.absolute.H.hi 0.31795186148975618
change.absolute.H.df 7
change.absolute.H.p 0.21998011643953169
change.relative.H.est 1.3
change.relative.H.se 0.28834503141697665
change.relative.H.lo 0.76941980636042484
change.relative.H.hi 2.196460223703081
change.relative.H.df 7
change.relative.H.p 0.27547550982322322
change.odds.H.est 1.6000000000000003
change.odds.H.se 0.56163028001397119
change.odds.H.lo 0.69765941906831153
change.odds.H.hi 3.6694122232575173
change.odds.H.df 7
change.odds.H.p 0.22242626509460287
change.absolute.M.est 0.071052631578947312
change.absolute.M.se 0.095438451693509521
change.absolute.M.lo -0.13900598430058989
change.absolute.M.hi 0.28111124745848448
change.absolute.M.df 11
change.absolute.M.p 0.47218791186895548
change.relative.M.est 1.2030075187969922
change.relative.M.se 0.31528315697646364
change.relative.M.lo 0.67569899470869599
change.relative.M.hi 2.1418221746889188
change.relative.M.df 11
change.relative.M.p 0.49533295226721874
change.odds.M.est 1.3506493506493502
change.odds.M.se 0.55503531722074828
change.odds.M.lo 0.54668281604652702
change.odds.M.hi 3.3369508147376137
change.odds.M.df 11
change.odds.M.p 0.47979156823934921
gap_change.difference.est 0.004080267558528472
gap_change.difference.se 0.10259825367890828
gap_change.difference.lo -0.21597110113560786
gap_change.difference.hi 0.2241316362526648
gap_change.difference.df 14
gap_change.difference.p 0.96883856908666022
gap_change.ratio.est 1.0217391304347827
gap_change.ratio.se 0.25161839710754219
gap_change.ratio.lo 0.60249296504637451
gap_change.ratio.hi 1.7327187390167649
gap_change.ratio.df 14
gap_change.ratio.p 0.93164634448357087
gap_change.odds_ratio.est 1.0208144796380092
gap_change.odds_ratio.se 0.42997977626474082
gap_change.odds_ratio.lo 0.41361898505130196
gap_change.odds_ratio.hi 2.51937710670938
gap_change.odds_ratio.df 14
gap_change.odds_ratio.p 0.9616832071897865
apart.No.est 4.8604651162791015
apart.No.se 21.322520767161848
apart.Yes.est 52.113358617783319
apart.Yes.se 15.243292213880204
\.

CREATE TEMP TABLE wave AS
SELECT mindgap.survey_agg(api99 >= 650 AND seen99, stype, pw, 1, dnum) FILTER (WHERE false) AS nothing,
	mindgap.survey_agg(CASE WHEN seen99 THEN api99 >= 650 END, stype, pw, 1, dnum) AS before,
	mindgap.survey_agg(CASE WHEN seen00 THEN api00 >= 650 END, stype, pw, 1, dnum) AS after,
	mindgap.survey_agg(CASE WHEN seen99 THEN api99 END, awards, pw, mindgap.key(stype), NULL) AS before_apart,
	mindgap.survey_agg(CASE WHEN seen00 THEN api00 END, awards, pw, mindgap.key(stype), NULL) AS after_apart
FROM (SELECT *, snum % 5 <> 0 AS seen99, snum % 7 <> 0 AS seen00 FROM apiclus1) s;

SELECT pg_temp.meet_parts(format('change.%s.%s', k.scale, g.stype), 'change', ARRAY['est', 'se', 'lo', 'hi', 'df', 'p'],
	ARRAY[c.change, c.std_error, c.conf_low, c.conf_high, c.df, c.p_value])
FROM wave CROSS JOIN unnest(ARRAY['absolute', 'relative', 'odds']) k(scale)
CROSS JOIN unnest(ARRAY['E', 'H', 'M']) g(stype)
LEFT JOIN LATERAL mindgap.change(wave.before, wave.after, scale => k.scale) c ON c.subgroup = g.stype;

SELECT pg_temp.meet_parts('gap_change.' || k.measure, 'gap_change', ARRAY['est', 'se', 'lo', 'hi', 'df', 'p'],
	ARRAY[c.change, c.std_error, c.conf_low, c.conf_high, c.df, c.p_value])
FROM wave CROSS JOIN unnest(ARRAY['difference', 'ratio', 'odds_ratio']) k(measure)
LEFT JOIN LATERAL mindgap.gap_change(wave.before, wave.after, measure => k.measure, compare => 'H', reference => 'E') c
	ON true;

SELECT unnest(ARRAY[
	pg_temp.meet(format('apart.%s.est', g.awards), c.change, 'change'),
	pg_temp.meet(format('apart.%s.se', g.awards), c.std_error, 'change'),
	pg_temp.check_true(format('apart.%s: status says it', g.awards), c.status = 'independent_samples_assumed',
		'status ' || coalesce(c.status, 'NULL'))])
FROM wave CROSS JOIN unnest(ARRAY['No', 'Yes']) g(awards)
LEFT JOIN LATERAL mindgap.change(wave.before_apart, wave.after_apart) c ON c.subgroup = g.awards;

SELECT pg_temp.check_true('no rows: summary NULL', nothing IS NULL) FROM wave;

-- ---- H. contrasts of three groups on three scales, level 0.9 -------------------------------------------------------

-- R: section("H")
-- R: b <- svyby(~HI_CHOL, ~race, d.nh, svymean, covmat = TRUE)
-- R: df <- degf(subset(d.nh, race %in% 1:3)); t <- qt(0.95, df)
-- R: l <- function(x) bquote(log(.(x) / (1 - .(x)))); p <- lapply(1:3, function(g) as.name(g))
-- R: all <- list(identity = quote(0.5 * `2` + 0.5 * `3` - `1`),
-- R:   log = quote(0.5 * log(`2`) + 0.5 * log(`3`) - log(`1`)),
-- R:   logit = bquote(0.5 * .(l(p[[2]])) + 0.5 * .(l(p[[3]])) - .(l(p[[1]]))))
-- R: for (k in names(all)) { x <- svycontrast(b, all[[k]]); e <- as.numeric(coef(x)); s <- as.numeric(SE(x))
-- R:   put(paste("contrast", k, c("est", "se", "lo", "hi", "df", "p"), sep = "."),
-- R:     c(e, s, e - t * s, e + t * s, df, 2 * pt(-abs(e / s), df))) }
COPY want (name, value) FROM stdin WITH (delimiter ' ');
contrast.identity.est -0.0013470325764633473
contrast.identity.se 0.0091310671356047372
contrast.identity.lo -0.017288813635498189
contrast.identity.hi 0.014594748482571494
contrast.identity.df 16
contrast.identity.p 0.8845630781424263
contrast.log.est -0.036965290918246296
contrast.log.se 0.098836375866191969
contrast.log.lo -0.2095221061653347
contrast.log.hi 0.13559152432884211
contrast.log.df 16
contrast.log.p 0.71331056622190747
contrast.logit.est -0.038177721653994023
contrast.logit.se 0.10884967948631902
contrast.logit.lo -0.22821660023706011
contrast.logit.hi 0.15186115692907207
contrast.logit.df 16
contrast.logit.p 0.73036021926568684
\.

SELECT pg_temp.meet_parts('contrast.' || k.scale, 'contrast', ARRAY['est', 'se', 'lo', 'hi', 'df', 'p'],
	ARRAY[c.estimate, c.std_error, c.conf_low, c.conf_high, c.df, c.p_value])
FROM design, unnest(ARRAY['identity', 'log', 'logit']) k(scale),
	LATERAL mindgap.contrast(design.nh, ARRAY['1', '2', '3'], '{-1,0.5,0.5}', scale => k.scale, level => 0.9) c;

-- ---- I. degrees of freedom of small domains ------------------------------------------------------------------------
-- PSUs minus strata among those that hold a counted row of the domain; without PSUs, rows minus strata.

-- R: section("I")
-- R: cell <- function(x) paste(nh$race, nh$RIAGENDR, nh$agecat)[!is.na(nh$HI_CHOL)] == x
-- R: for (r in 1:4) for (g in 1:2) for (a in unique(nh$agecat)) { k <- paste(r, g, a); x <- subset(d.nh, cell(k))
-- R:   put(gsub(" ", "/", paste("df.nh", k)), degf(x)) }
-- R: for (g in c("E", "H", "M")) for (k in c("Yes", "No")) {
-- R:   put(paste("df.as", g, k, sep = "/"), degf(subset(d.as, stype == g & awards == k)))
-- R:   put(paste("df.ac", g, k, sep = "/"), degf(subset(d.ac, stype == g & awards == k))) }
COPY want (name, value) FROM stdin WITH (delimiter ' ');
df.nh/1/1/(19,39] 16
df.nh/1/1/(0,19] 16
df.nh/1/1/(59,Inf] 13
df.nh/1/1/(39,59] 13
df.nh/1/2/(19,39] 14
df.nh/1/2/(0,19] 15
df.nh/1/2/(59,Inf] 14
df.nh/1/2/(39,59] 14
df.nh/2/1/(19,39] 15
df.nh/2/1/(0,19] 13
df.nh/2/1/(59,Inf] 15
df.nh/2/1/(39,59] 16
df.nh/2/2/(19,39] 15
df.nh/2/2/(0,19] 12
df.nh/2/2/(59,Inf] 16
df.nh/2/2/(39,59] 16
df.nh/3/1/(19,39] 8
df.nh/3/1/(0,19] 14
df.nh/3/1/(59,Inf] 10
df.nh/3/1/(39,59] 12
df.nh/3/2/(19,39] 10
df.nh/3/2/(0,19] 12
df.nh/3/2/(59,Inf] 12
df.nh/3/2/(39,59] 11
df.nh/4/1/(19,39] 9
df.nh/4/1/(0,19] 12
df.nh/4/1/(59,Inf] 4
df.nh/4/1/(39,59] 7
df.nh/4/2/(19,39] 9
df.nh/4/2/(0,19] 10
df.nh/4/2/(59,Inf] 3
df.nh/4/2/(39,59] 9
df.as/E/Yes 72
df.ac/E/Yes 13
df.as/E/No 26
df.ac/E/No 9
df.as/H/Yes 15
df.ac/H/Yes 4
df.as/H/No 33
df.ac/H/No 3
df.as/M/Yes 23
df.ac/M/Yes 6
df.as/M/No 25
df.ac/M/No 8
\.

SELECT pg_temp.meet('df.' || v.data || '/' || e.subgroup, e.df, 'estimates')
FROM (VALUES
	('nh', (SELECT mindgap.survey_agg(hi_chol, concat_ws('/', race, riagendr, agecat), weight, stratum, psu)
		FROM (SELECT *, sex AS riagendr FROM nhanes) n)),
	('as', (SELECT mindgap.survey_agg(api00, stype || '/' || awards, pw, mindgap.key(stype), NULL) FROM apistrat)),
	('ac', (SELECT mindgap.survey_agg(api00, stype || '/' || awards, pw, 1, dnum) FROM apiclus1))
) v(data, s), LATERAL mindgap.estimates(v.s) e
WHERE e.subgroup IS NOT NULL;

-- ---- J. all groups equal: joint test -------------------------------------------------------------------------------
-- X2 of k = 3 differences; F = (df - k + 1) / (df k) X2 on (k, df - k + 1), the scaling of svychisq's "adjWald"
-- (regTermTest after svyglm uses X2 / k on df.residual = df - k instead). The joint test is the last row.

-- R: section("J")
-- R: k <- 3; df <- degf(d.nh); C <- cbind(-1, diag(3)); q <- C %*% coef(b)
-- R: x2 <- as.numeric(base::t(q) %*% solve(C %*% vcov(b) %*% base::t(C), q))
-- R: put("joint.p", pf((df - k + 1) / (df * k) * x2, k, df - k + 1, lower.tail = FALSE))
-- R: for (g in 2:4) { d <- svycontrast(b, setNames(c(-1, 1), c(1, g)))
-- R:   put(paste("pair", g, c("est", "se"), sep = "."), c(coef(d), SE(d))) }
COPY want (name, value) FROM stdin WITH (delimiter ' ');
joint.p 0.011866410993661933
pair.2.est 0.020157539901961286
pair.2.se 0.0084904568719216811
pair.3.est -0.022851605054887994
pair.3.se 0.01243772732208139
pair.4.est -0.0018130559768517046
pair.4.se 0.02651175018424666
\.

CREATE TEMP TABLE pairs AS
SELECT p.* FROM design, mindgap.pairwise_gaps(design.nh, reference => '1')
	WITH ORDINALITY p(measure, compare, reference, estimate, std_error, conf_low, conf_high, df, p_value, n, n_smallest,
		status, o);

SELECT pg_temp.meet_parts('pair.' || g, 'pairwise_gaps', ARRAY['est', 'se'], ARRAY[p.estimate, p.std_error])
FROM generate_series(2, 4) g LEFT JOIN pairs p ON p.compare = g::text;

SELECT pg_temp.meet('joint.p', (SELECT p_value FROM pairs ORDER BY o DESC LIMIT 1), 'pairwise_gaps');

SELECT pg_temp.unmet();
